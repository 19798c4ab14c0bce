"""Uses a GPU through PyTorch, Triton and NCCL: `python_probe.py matmul|triton|nccl`."""

import sys

import torch


def matmul():
    ones = torch.ones(4096, 4096, dtype=torch.bfloat16, device="cuda")
    print("product", (ones @ ones)[0, 0].item())


def triton():
    import triton
    import triton.language as tl

    @triton.jit
    def add(a, b, total, count, BLOCK: tl.constexpr):
        index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        mask = index < count
        tl.store(total + index, tl.load(a + index, mask=mask) + tl.load(b + index, mask=mask), mask=mask)

    a = torch.arange(10000, dtype=torch.float32, device="cuda")
    total = torch.empty_like(a)
    add[(triton.cdiv(a.numel(), 1024),)](a, a, total, a.numel(), BLOCK=1024)
    assert torch.equal(total, 2 * a)
    print("kernel", "compiled")


def nccl():
    import torch.distributed as group

    group.init_process_group("nccl", init_method="tcp://127.0.0.1:29555", rank=0, world_size=1)
    value = torch.ones(1 << 20, device="cuda")
    group.all_reduce(value)
    torch.cuda.synchronize()
    print("reduced", int(value.sum().item()))
    group.destroy_process_group()


{"matmul": matmul, "triton": triton, "nccl": nccl}[sys.argv[1]]()
