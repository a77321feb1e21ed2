"""Exported ONNX files on MNIST's test images, in Python: `export.py IMAGES LABELS FILE…`, two idx files and the models.

A line of JSON: the versions, and for each file how many images it has right, and its probabilities, float32 [images,
classes] in base64. Nothing of hw1 is loaded here.
"""

import base64
import json
import platform
import struct
import sys

import numpy
import onnxruntime


def idx(path):
    with open(path, "rb") as file:
        (magic,) = struct.unpack(">i", file.read(4))
        shape = struct.unpack(f">{magic & 255}i", file.read(4 * (magic & 255)))
        return numpy.frombuffer(file.read(), numpy.uint8).reshape(shape)


images, labels = idx(sys.argv[1]), idx(sys.argv[2])
numbers = images.astype(numpy.float32)[..., None]
results = []
for path in sys.argv[3:]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    parts = [session.run(names, {"images": numbers[at : at + 500]}) for at in range(0, len(numbers), 500)]
    said = {name: numpy.concatenate([part[index] for part in parts]) for index, name in enumerate(names)}
    # The class by logits; votes have probabilities alone.
    predicted = said.get("logits", said["probabilities"]).argmax(axis=1)
    results.append(
        {
            "right": int((predicted == labels).sum()),
            "count": len(labels),
            "probabilities": base64.b64encode(said["probabilities"].tobytes()).decode(),
        }
    )
print(
    json.dumps(
        {
            "versions": f"onnxruntime {onnxruntime.__version__}, Python {platform.python_version()}",
            "results": results,
        }
    )
)
