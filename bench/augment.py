"""torchvision's side of augment.ts: `augment.py MNIST_FOLDER`.

It reads lines `NAME KIND SECONDS` and answers each with the images it made a second: one after the other out of a Dataset
whose items are transformed by transforms of version 2, on one thread, as users of torchvision do it. KIND says what a
transform is given: a `tensor` (to float32 first, as torchvision recommends) or a `pil` image (to float32 at the end).
"""
import sys, time

import torch

from mnist_torch import read

torch.set_num_threads(1)
torch.manual_seed(1)
# A torchvision built for GPUs beside a PyTorch that is not finds no compiled operators. None is needed here, but its import
# asks for these names.
operators = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    if not torch._C._dispatch_has_kernel(f"torchvision::{operator}"):
        operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision
from PIL import Image
from torchvision.transforms import v2

bilinear = v2.InterpolationMode.BILINEAR
rotate = v2.RandomRotation(10, interpolation=bilinear)
affine = v2.RandomAffine(0, scale=(0.9, 1.1), shear=10, interpolation=bilinear)
elastic = v2.ElasticTransform(alpha=34.0, sigma=4.0)
transforms = {
    "rotate": rotate,
    "affine": affine,
    "perspective": v2.RandomPerspective(p=1),
    "elastic": elastic,
    "blur": v2.GaussianBlur(5),
    "noise": v2.GaussianNoise(),
    "brightness": v2.ColorJitter(brightness=0.2),
    "contrast": v2.ColorJitter(contrast=0.2),
    "erase": v2.RandomErasing(p=1),
    "crop": v2.RandomCrop(28, padding=2),
    "flip": v2.RandomHorizontalFlip(p=1),
    "chain": v2.Compose([rotate, affine, elastic]),
}


class Digits(torch.utils.data.Dataset):
    def __init__(self, images, transform):
        self.images, self.transform = images, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        # As torchvision.datasets.MNIST does it.
        return self.transform(Image.fromarray(self.images[index].numpy(), mode="L"))


images = read(sys.argv[1], "train")[0].squeeze(1)
to_float = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
print(f"{torch.__version__} {torchvision.__version__}", flush=True)
for line in sys.stdin:
    name, kind, seconds = line.split()
    transform = transforms[name]
    data = Digits(images, v2.Compose([transform, *to_float] if kind == "pil" else [*to_float, transform]))
    try:
        data[0]
    except Exception:
        print("none", flush=True)
        continue
    made, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < float(seconds):
        for _ in range(8):
            data[made % 60000]
            made += 1
    print(made / (time.perf_counter() - begun), flush=True)
