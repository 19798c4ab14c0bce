internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct GPUSpecificationTests {
    @Test("podman takes a generated specification, and its container has the node, the libraries and the right to open")
    func podman() throws {
        try withStore { llmbox, context in
            let place = context.removingLastComponent()
            // What the machine of the test has at a path, this machine has there too: podman looks for itself.
            let libraries = place.appending("driver").string
            let machine = MockMachine(place.appending("machine"))
            machine.addDriver(libraries: String(libraries.dropFirst()))
            machine.link(
                String(libraries.dropFirst()) + "/libcuda.so.1",
                to: "libcuda.so.\(MockMachine.version)"
            )
            machine.write("etc/ld.so.conf", "\(libraries)\n")
            #expect(run(["/sbin/ldconfig", "-r", machine.root.string]).status == 0)
            #expect(run(["cp", "-a", machine.root.string + libraries, libraries]).status == 0)
            var program = llmbox
            program.environment["LLMBOX_HOST_ROOT"] = machine.root.string
            let file = place.appending("nvidia.json").string
            #expect(program("gpu", "cdi", "generate", "--output", file).status == 0)
            #expect(program("gpu", "cdi", "validate", file).line == file)
            // In a mount namespace with a `/dev` and a `/run/cdi` of its own, so that the machine sees none of it.
            let script = """
                set -e
                cd \(place)
                mkdir -p dev root/bin && cp /bin/busybox root/bin/
                mount -t tmpfs none dev
                for n in null zero full random urandom tty; do cp -a /dev/$n dev/; done
                ln -s /proc/self/fd dev/fd; mkdir dev/pts dev/shm dev/mqueue; ln -s pts/ptmx dev/ptmx
                mount --rbind /dev/pts dev/pts
                mknod dev/nvidia0 c 195 0; mknod dev/nvidia1 c 195 1; mknod dev/nvidiactl c 195 255
                mknod dev/nvidia-uvm c 511 0; mknod dev/nvidia-uvm-tools c 511 1; mknod dev/nvidia-modeset c 195 254
                mount --rbind dev /dev
                mount -t tmpfs none /run && mkdir /run/cdi && cp nvidia.json /run/cdi/nvidia.json
                exec podman --runtime runc --root \(place)/podman --runroot /run/podman run --rm --network none \
                --ulimit nproc=1000:1000 --ulimit nofile=1000:1000 --device nvidia.com/gpu=0 --rootfs \(place)/root \
                /bin/busybox sh -c 'B=/bin/busybox; $B ls /dev; $B ls /usr/lib64; $B env; $B cat /dev/nvidia1 2>&1'
                """
            let result = run(["unshare", "-m", "--propagation", "private", "sh", "-c", script])
            // The first GPU on the bus has the second node.
            #expect(result.output.contains("nvidia1\n") && !result.output.contains("nvidia0\n"), "\(result)")
            #expect(result.output.contains("libcuda.so\nlibcuda.so.1\n"), "\(result)")
            #expect(result.output.contains("NVIDIA_VISIBLE_DEVICES=void"), "\(result)")
            #expect(result.output.contains("can't open '/dev/nvidia1': No such device"), "\(result)")
        }
    }
}
