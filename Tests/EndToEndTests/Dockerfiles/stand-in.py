"""Makes what stands in for the world of a model server's Dockerfile: a Debian repository and a Python index of tiny
packages, programs that only pretend, and the context of each Dockerfile.

    python3 stand-in.py DIRECTORY

DIRECTORY/root goes over a Debian system with pip; apt and pip then need no network. DIRECTORY/contexts/NAME is the
context of NAME.Dockerfile.
"""

import base64
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile

out = sys.argv[1]


def write(path, text, mode=0o644):
    """Writes a file below the output directory."""
    path = os.path.join(out, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)


def program(path, text):
    """Writes a shell script."""
    write(path, "#!/bin/sh\nset -e\n" + text, 0o755)


# What the addresses in the Dockerfiles give, by the last part of the address.
CURL = """
while [ $# -gt 0 ]; do
    case $1 in -o) to=$2; shift ;; -*O*) keep=1 ;; -*) ;; *) url=$1 ;; esac
    shift
done
name=${url##*/}
[ -e /opt/net/$name ] || { echo "curl: (22) nothing at $url" >&2; exit 22; }
if [ "$keep" ]; then to=$name; fi
if [ "$to" ]; then cp /opt/net/$name "$to"; else cat /opt/net/$name; fi
"""
CMAKE = """
mkdir -p build/bin dist/lib/ollama/cuda_v12
for name in llama-server llama-cli; do
    printf '#!/bin/sh\\necho %s on $LLAMA_ARG_HOST "$@"\\n' $name > build/bin/$name
    chmod 755 build/bin/$name
done
echo "$@" >> build/libggml.so
echo cuda > dist/lib/ollama/cuda_v12/libggml-cuda.so
"""
GO = """
case $1 in
    mod) test -e go.sum ;;
    build)
        while [ "$1" != -o ]; do shift; done
        printf '#!/bin/sh\\necho ollama "$@" at $OLLAMA_HOST\\n' > $2
        chmod 755 $2 ;;
esac
"""
UV = """
case $1 in
    venv) for last in "$@"; do :; done; exec python3 -m venv --system-site-packages --without-pip "$last" ;;
    pip) shift; exec python3 -m pip "$@" ;;
esac
"""
CARGO = """
case "$1 $2" in
    "chef prepare") ls router launcher > recipe.json ;;
    "chef cook") test -s recipe.json ;;
    *)
        mkdir -p target/release-opt
        for name in router launcher; do
            printf '#!/bin/sh\\necho %s on port $PORT "$@"\\n' $name > target/release-opt/text-generation-$name
            chmod 755 target/release-opt/text-generation-$name
        done ;;
esac
"""
CONDA = """
mkdir -p /opt/conda/bin
ln -sf /usr/bin/python3 /opt/conda/bin/python
printf '#!/bin/sh\\nexec python3 -m pip "$@"\\n' > /opt/conda/bin/pip
printf '#!/bin/sh\\nexit 0\\n' > /opt/conda/bin/conda
chmod 755 /opt/conda/bin/pip /opt/conda/bin/conda
"""

for name, text in {"curl": CURL, "cargo": CARGO, "yum": "", "dnf": "", "unzip": "", "make": ""}.items():
    program(f"root/usr/local/bin/{name}", text)
# `make` does what the last rule of its file says.
program("root/usr/local/bin/make", "eval \"$(sed -n 's/^\\t//p' Makefile)\"\n")


def installer(path, content):
    """A script that writes a program."""
    return f"mkdir -p {os.path.dirname(path)}\ncat > {path} <<'END'\n#!/bin/sh\nset -e\n{content}END\nchmod 755 {path}\n"


def archive(files):
    """A compressed archive of programs in one directory."""
    bytes_ = io.BytesIO()
    with tarfile.open(fileobj=bytes_, mode="w:gz") as tar:
        for path, text in files.items():
            data = ("#!/bin/sh\nset -e\n" + text).encode()
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
    return bytes_.getvalue()


write("root/opt/net/install.sh", installer("$HOME/.local/bin/uv", UV))
write("root/opt/net/Mambaforge-Linux-x86_64.sh", CONDA)
write("root/opt/net/protoc-21.12-linux-x86_64.zip", "")
write("root/opt/net/cmake-3.31.2-linux-x86_64.tar.gz", archive({"cmake-3.31.2/bin/cmake": CMAKE}))
write("root/opt/net/go1.24.0.linux-amd64.tar.gz", archive({"go/bin/go": GO}))

# --- Debian packages ---------------------------------------------------------------------------------------------------

DEBS = {
    "libgl1-mesa-glx": {}, "build-essential": {}, "libcurl4-openssl-dev": {}, "libgomp1": {}, "ccache": {},
    "libibverbs-dev": {}, "libopenmpi-dev": {}, "python3.11-dev": {}, "git": {}, "g++-12": {},
    "gcc-12": {"usr/bin/gcc-12": ""}, "cmake": {"usr/bin/cmake": CMAKE}, "curl": {"usr/bin/curl": CURL},
}
index = ""
for name, files in DEBS.items():
    tree = f"debs/{name}"
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: stand-in\n"
    write(f"{tree}/DEBIAN/control", control)
    for path, text in files.items():
        program(f"{tree}/{path}", text)
    deb = f"{out}/root/opt/repo/{name}.deb"
    os.makedirs(os.path.dirname(deb), exist_ok=True)
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "-b", f"{out}/{tree}", deb], check=True, stdout=subprocess.DEVNULL)
    data = open(deb, "rb").read()
    index += f"{control}Filename: ./{name}.deb\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n\n"
write("root/opt/repo/Packages", index)
write("root/etc/apt/sources.list", "deb [trusted=yes] file:/opt/repo ./\n")

# --- wheels ------------------------------------------------------------------------------------------------------------

WHEELS = {
    "torch": "2.0.1+cu118", "transformers": "4.30.2", "accelerate": "0.20.3", "prometheus_client": "0.20.0",
    "hf_transfer": "0.1.9", "modelscope": "1.16.0", "bitsandbytes": "0.43.0",
}
for name, version in WHEELS.items():
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: stand-in\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    write(f"root/opt/wheels/{name}-{version}-py3-none-any.whl", bytes_.getvalue())
# `0` for an option that says no means that there is none: packages are built with what is installed.
write("root/etc/pip.conf", "[global]\nno-index = true\nfind-links = /opt/wheels\nno-build-isolation = 0\n")

# --- contexts ----------------------------------------------------------------------------------------------------------


def project(path, name, requires, extras=""):
    """A Python project."""
    write(f"{path}/pyproject.toml", f"""[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "{name}"
version = "1.0"
dependencies = {requires!r}
[project.optional-dependencies]
{extras}
[tool.setuptools]
packages = ["{name}"]
""")
    write(f"{path}/{name}/__init__.py", "")


for name in ["practice-inference", "practice-metrics"]:
    write(f"contexts/{name}/model_weights/model.bin", "weights")
    module = "accelerate" if name == "practice-inference" else "prometheus_client"
    write(f"contexts/{name}/inference.py", f"""import torch, transformers, {module}
print(torch.__version__, transformers.__version__, {module}.__version__, open("/app/model_weights/model.bin").read())
""")
write("contexts/practice-metrics/metrics.py", "")

write("contexts/llama-cpp-server/convert.py", "")
write("contexts/llama-cpp-server/tools.sh", "")

for name in ["CMakeLists.txt", "CMakePresets.json", "ml/backend/ggml/ggml/ggml.c", "go.sum", "main.go"]:
    write(f"contexts/ollama/{name}", "")
write("contexts/ollama/go.mod", "module ollama\ngo 1.24.0\n")

project("contexts/sglang/python", "sglang", ["torch"], 'all = ["transformers"]')
write("contexts/sglang/python/sglang/launch_server.py", """import sys, torch, transformers
print("sglang", torch.__version__, transformers.__version__, *sys.argv[1:])
""")

for name in ["Cargo.lock", "Cargo.toml", "router/main.rs", "launcher/main.rs", "proto/generate.proto"]:
    write(f"contexts/tgi/{name}", "")
project("contexts/tgi/server", "text_generation_server", ["torch"], 'bnb = ["bitsandbytes"]\naccelerate = ["accelerate"]')
write("contexts/tgi/server/Makefile", "gen-server:\n\techo 'generated = 1' > text_generation_server/pb.py\n")
BUILT = "build/lib.linux-x86_64-cpython-311"
write("contexts/tgi/server/Makefile-flash-att", f"build-flash-attention:\n\tmkdir -p flash-attention/{BUILT}/flash_attn\n")
write("contexts/tgi/server/custom_kernels/setup.py", f"import os\nos.makedirs('{BUILT}/custom_kernels')\n")
write("contexts/tgi/sagemaker-entrypoint.sh", "#!/bin/sh\n")
write("contexts/tgi/tgi-entrypoint.sh", """#!/bin/sh
ls /opt/conda/lib/python3.11/site-packages
python3 -c 'import text_generation_server.pb, bitsandbytes, accelerate'
exec text-generation-launcher "$@"
""")

write("contexts/vllm/requirements/common.txt", "transformers\n")
write("contexts/vllm/requirements/cuda.txt", "-r common.txt\ntorch\n")
write("contexts/vllm/.git/HEAD", "ref: refs/heads/main\n")
write("contexts/vllm/setup.py", """import os
from setuptools import setup
assert os.path.exists(".git/HEAD"), "the version comes from git"
setup(name="vllm", version="1.0", packages=["vllm", "vllm.entrypoints", "vllm.entrypoints.openai"], install_requires=["torch"])
""")
for name in ["", "entrypoints/", "entrypoints/openai/"]:
    write(f"contexts/vllm/vllm/{name}__init__.py", "")
write("contexts/vllm/vllm/entrypoints/openai/api_server.py", """import os, torch, accelerate, hf_transfer, modelscope
print("vllm", torch.__version__, os.environ["VLLM_USAGE_SOURCE"])
""")
write("contexts/vllm/tests/test_it.py", "")
