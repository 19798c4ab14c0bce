internal import Glibc
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "device nodes need root"))
struct RemoteMemoryTests {
    @Test(
        "--rdma passes adapters, the right to lock memory, and says what network they need",
        .enabled(if: access("/dev/infiniband", F_OK) != 0, "a machine with adapters has no place for made-up ones")
    )
    func adapters() throws {
        try withStore { llmbox, _ in
            // Nodes without a driver, in a mount namespace of the test's own.
            let script = """
                mount -t tmpfs none /dev/shm && mkdir /dev/shm/infiniband && mknod /dev/shm/infiniband/uverbs0 c 231 192
                mknod /dev/shm/infiniband/uverbs1 c 231 193; mknod /dev/shm/infiniband/rdma_cm c 10 58
                llmbox() { '\(LLMBoxProgram.path)' "$@"; }
                llmbox run --rm --network none --rdma base true 2>&1 | grep -c 'no `/dev/infiniband/uverbs'
                mkdir /dev/infiniband; trap 'rmdir /dev/infiniband' EXIT
                mount --bind /dev/shm/infiniband /dev/infiniband; trap 'umount /dev/infiniband; rmdir /dev/infiniband' EXIT
                llmbox run --rm --network none --rdma base sh -c 'echo $(ls /dev/infiniband); grep CapEff /proc/self/status'
                llmbox run --rm --network host --rdma-device uverbs1 base sh -c 'echo $(ls /dev/infiniband)' 2>&1 | grep -v memlock
                llmbox run --rm --network host --rdma-device mlx5_7 base true 2>&1 | grep -c 'this host has `uverbs0`, `uverbs1`'
                """
            let result = run(["unshare", "-m", "bash", "-c", script], environment: llmbox.environment)
            let lines = result.output.split(separator: "\n").map(String.init)
            try #require(lines.count == 5, "\(result)")
            #expect(lines[0] == "1")
            #expect(lines[1] == "rdma_cm uverbs0 uverbs1")
            let capabilities = UInt64(lines[2].split(separator: "\t").last ?? "", radix: 16) ?? 0
            #expect(capabilities & 1 << 14 != 0, "CAP_IPC_LOCK is missing: \(lines[2])")
            #expect(lines[3] == "rdma_cm uverbs1")
            #expect(lines[4] == "1")
            #expect(result.errors.contains("`--network host`"))
        }
    }
}
