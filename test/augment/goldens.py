"""What torchvision makes of given parameters: writes goldens.json, which transforms.test.ts reads.

  python test/augment/goldens.py        (torchvision 0.28, on the CPU)

Images and fields come from a generator that the test has too, so that only results are kept: as bytes where a result
consists of the image's own bytes and fills, else as 16 bits between 0 and 1 (an error of 8e-6 at most).
"""
import base64, json, math, pathlib
from unittest import mock
import numpy as np, torch

# A torchvision built for GPUs beside a PyTorch that is not finds no compiled operators. None is needed here, but its
# import asks for these names.
operators = torch.library.Library("torchvision", "FRAGMENT")
for name in ["nms", "qnms"]:
    if not torch._C._dispatch_has_kernel(f"torchvision::{name}"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

assert torchvision.__version__.startswith("0.28"), torchvision.__version__
torch.set_num_threads(1)

def numbers(seed, count):
    """Lehmer's generator: whole numbers below 2^31 - 1."""
    state, result = seed, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        result.append(state)
    return np.array(result, dtype=np.int64)

shapes = {"grey": (28, 28, 1), "colour": (13, 17, 3)}
seeds = {"grey": 101, "colour": 202}
def image(name):
    h, w, c = shapes[name]
    values = (numbers(seeds[name], h * w * c) % 256).astype(np.float32) / np.float32(255)
    return torch.from_numpy(values.reshape(h, w, c)).permute(2, 0, 1).contiguous()
def field(seed, count):
    """Doubles in (0, 1)."""
    return numbers(seed, count) / 2147483647

cases = []
def add(name, transform, options, parameters, result):
    values = result.permute(1, 2, 0).contiguous().numpy().astype(np.float64).ravel()
    assert values.min() >= -1e-6 and values.max() <= 1 + 1e-6, (transform, options, values.min(), values.max())
    whole = np.rint(values * 255)
    if np.abs(values * 255 - whole).max() < 1e-4 * 0.2:
        bits, kept = 8, whole.astype(np.uint8)
    else:
        bits, kept = 16, np.rint(np.clip(values, 0, 1) * 65535).astype("<u2")
    cases.append({"image": name, "transform": transform, "options": options, "parameters": parameters, "bits": bits,
                  "result": base64.b64encode(kept.tobytes()).decode()})

bright = {"grey": 128 / 255, "colour": [255 / 255, 51 / 255, 128 / 255]}
def fill_of(fill):
    return fill if isinstance(fill, list) else [float(fill)]

def sampled(name, transform, options, parameters, function):
    """With each interpolation and fill, or with those that are given."""
    mode = options.get("interpolation", "bilinear")
    add(name, transform, options, parameters,
        function(image(name), interpolation=v2.InterpolationMode(mode), fill=fill_of(options.get("fill", 0))))

ways = [{}, {"interpolation": "nearest"}]
for name in shapes:
    h, w, c = shapes[name]
    fills = [{}, {"fill": bright[name]}]
    for way in ways:
        for fill in fills:
            for angle, center in [(15, None), (-37.5, None), (123.4, [5, 9])]:
                options = {"degrees": 180, **way, **fill, **({"center": center} if center else {})}
                sampled(name, "rotate", options, angle, lambda x, **how: F.rotate(x, angle, center=center, **how))
    for angle, center in [(0, None), (90, None), (180, None), (270, None), (-450.5, None), (7, [-20, 60])]:
        options = {"degrees": 180, **({"center": center} if center else {})}
        sampled(name, "rotate", options, angle, lambda x, **how: F.rotate(x, angle, center=center, **how))

    # Places between two pixels: rounding decides, unless a quarter turn about the middle takes pixels to pixels.
    for angle, center in [(45, [0, 0]), (90, [w / 2, h / 2]), (-90, [5, 9.5]), (90, None), (180, None)]:
        options = {"degrees": 180, "interpolation": "nearest", **({"center": center} if center else {})}
        sampled(name, "rotate", options, angle, lambda x, **how: F.rotate(x, angle, center=center, **how))

    maps = [
        ({"degrees": 0, "translate": [3, 1], "scale": 0.5, "shear": [0, 0]}, None, {"interpolation": "nearest"}),
        ({"degrees": 90, "translate": [4, 1], "scale": 0.5, "shear": [45, 0]}, None, {"interpolation": "nearest"}),
        ({"degrees": 20, "translate": [3, -2], "scale": 1.25, "shear": [12, -8]}, None, {}),
        ({"degrees": 20, "translate": [3, -2], "scale": 1.25, "shear": [12, -8]}, None, {"interpolation": "nearest"}),
        ({"degrees": -65.3, "translate": [0, 0], "scale": 0.7, "shear": [0, 25]}, [3, 10.5], {"fill": bright[name]}),
        ({"degrees": 0, "translate": [0, 0], "scale": 1, "shear": [30, 0]}, None, {}),
        ({"degrees": 0, "translate": [-4, 6], "scale": 1, "shear": [0, 0]}, None, {"fill": bright[name]}),
        ({"degrees": 33, "translate": [1, 1], "scale": 0.9, "shear": [-15, 40]}, None,
         {"interpolation": "nearest", "fill": bright[name]}),
    ]
    for given, center, how in maps:
        options = {"degrees": 90, "scale": [0.5, 2], "shear": [-45, 45, -45, 45], "translate": [0.5, 0.5], **how,
                   **({"center": center} if center else {})}
        sampled(name, "affine", options, given, lambda x, **how: F.affine(
            x, angle=given["degrees"], translate=given["translate"], scale=given["scale"], shear=given["shear"],
            center=center, **how))

    starts = [[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]]
    for ends, how in [
        ([[3, 1], [w - 3, 2], [w - 1, h - 4], [1, h - 2]], {}),
        # With corners on whole pixels some places lie just between two, and the rounding of float32 decides.
        ([[3, 1], [w - 3, 2], [w - 1, h - 4], [1, h - 2]], {"interpolation": "nearest"}),
        ([[3.3, 1.2], [w - 3.1, 2.7], [w - 1, h - 4.4], [1.6, h - 2]], {"interpolation": "nearest"}),
        ([[5, 4], [w - 1, 0], [w - 6, h - 1], [0, h - 5]], {"fill": bright[name]}),
        ([[5.2, 4.1], [w - 1.7, 0], [w - 6.3, h - 1], [0, h - 5.9]], {"fill": bright[name], "interpolation": "nearest"}),
        (starts, {}),
    ]:
        sampled(name, "perspective", how, {"distortion": 0.5, "ends": ends},
                lambda x, **how: F.perspective(x, startpoints=starts, endpoints=ends, **how))

    # Up to 4 pixels to either side, in torchvision's unit: the image is 2 wide.
    shifts = 8 * (field(303, 2 * h * w).reshape(2, h, w) - 0.5)
    displacement = torch.from_numpy((shifts * 2 / np.array([w, h])[:, None, None]).astype(np.float32))
    displacement = displacement.permute(1, 2, 0)[None]
    for way in ways:
        for fill in fills:
            sampled(name, "elastic", {"sigma": 1, **way, **fill}, {"shifts": [303, 8]},
                    lambda x, **how: F.elastic(x, displacement, **how))
    # The whole of it, from the noise on; its two fields are drawn one after the other.
    for alpha, sigma in [(34, 1.5), (20, 0.3), (50, 3), (8, 0), *([(90, 6.8)] if name == "grey" else [])]:
        parts = iter(torch.from_numpy(part.reshape(1, 1, h, w)) for part in field(404, 2 * h * w).reshape(2, -1))
        with mock.patch.object(torch, "rand", lambda *_: next(parts).to(torch.float32)):
            drawn = v2.ElasticTransform(alpha=float(alpha), sigma=float(sigma)).make_params([image(name)])
        sampled(name, "elastic", {"alpha": alpha, "sigma": sigma}, {"noise": 404},
                lambda x, **how: F.elastic(x, **drawn, **how))

    for size, sigma in [(1, 1), (3, 0.7), (5, 1.3), (7, 0.1), (25, 4), *([(55, 6.8)] if name == "grey" else [])]:
        add(name, "blur", {"size": size}, sigma, F.gaussian_blur(image(name), [size, size], [float(sigma), float(sigma)]))

    for factor in [0, 0.4, 1, 1.8]:
        add(name, "brightness", {"factor": 1}, factor, F.adjust_brightness(image(name), factor))
        add(name, "contrast", {"factor": 1}, factor, F.adjust_contrast(image(name), factor))

    z = 4 * field(505, h * w * c).reshape(h, w, c) - 2
    with mock.patch.object(torch, "randn_like", lambda _: torch.from_numpy(z.astype(np.float32)).permute(2, 0, 1)):
        add(name, "noise", {}, {"sd": 0.25, "z": [505, 4]}, F.gaussian_noise(image(name), sigma=0.25))

    for top, left, height, width, value in [
        (0, 0, 4, 6, 0), (h - 3, w - 5, 3, 5, 1), (2, 0, h - 2, 1, 51 / 255), (5, 7, 1, 1, bright[name]), (4, 4, 0, 3, 1),
    ]:
        add(name, "erase", {"value": value}, {"top": top, "left": left, "height": height, "width": width},
            F.erase(image(name), top, left, height, width, torch.tensor(fill_of(value))[:, None, None]))

    for mode in ["constant", "reflect", "edge"]:
        for padding, top, left in [(4, 0, 0), (4, 8, 8), (4, 1, 6), (4, 4, 4), (h - 1, 0, 2 * h - 2)]:
            for fill in fills if mode == "constant" else [{}]:
                padded = F.pad(image(name), [padding] * 4, fill=fill_of(fill.get("fill", 0)), padding_mode=mode)
                add(name, "crop", {"padding": padding, "mode": mode, **fill}, {"top": top, "left": left},
                    F.crop(padded, top, left, h, w))

    add(name, "flip", {}, True, F.horizontal_flip(image(name)))
    add(name, "flip", {"direction": "vertical"}, True, F.vertical_flip(image(name)))

text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
pathlib.Path(__file__).with_name("goldens.json").write_text(f"[\n{text}\n]\n")
print(len(cases), "cases,", len(text) // 1024, "KiB")
