import Glibc
import SystemPackage
import TestSupport
import Testing

/// Every option of `run` and `create` shows in what is made, or is refused with words: none is taken and forgotten.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct FlagEffectTests {
    /// Options, and what `inspect` must then show of them.
    private static let shown: [(options: [String], format: String, value: String)] = [
        (["--add-host", "db:10.0.0.9"], "{{json .HostConfig.ExtraHosts}}", "[\"db:10.0.0.9\"]"),
        (["--annotation", "a=b"], "{{.HostConfig.Annotations.a}}", "b"),
        (
            ["--cap-add", "SYS_TIME", "--cap-drop", "KILL"], "{{.HostConfig.CapAdd}} {{.HostConfig.CapDrop}}",
            "[SYS_TIME] [KILL]"
        ),
        (["--cgroup-parent", "/a/b"], "{{.HostConfig.CgroupParent}}", "a/b"),
        (["--cgroupns", "host"], "{{.HostConfig.CgroupnsMode}}", "host"),
        (
            ["--cpu-period", "50000", "--cpu-quota", "20000"], "{{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}",
            "50000 20000"
        ),
        (["--cpu-shares", "512"], "{{.HostConfig.CpuShares}}", "512"),
        (["--cpus", "0.5"], "{{.HostConfig.NanoCpus}}", "500000000"),
        (["--cpuset-cpus", "0"], "{{.HostConfig.CpusetCpus}}", "0"),
        (["--cpuset-mems", "0"], "{{.HostConfig.CpusetMems}}", "0"),
        (["--device", "/dev/null:/dev/x:r"], "{{(index .HostConfig.Devices 0).PathInContainer}}", "/dev/x"),
        (["--device-cgroup-rule", "c 1:3 r"], "{{.HostConfig.DeviceCgroupRules}}", "[c 1:3 r]"),
        (["--dns", "9.9.9.9"], "{{.HostConfig.Dns}}", "[9.9.9.9]"),
        (["--dns-option", "rotate"], "{{.HostConfig.DnsOptions}}", "[rotate]"),
        (["--dns-search", "a.b"], "{{.HostConfig.DnsSearch}}", "[a.b]"),
        (["--docker-defaults", "--label", "llmbox.model=x"], "{{len .Defaults}}", "0"),
        (["--domainname", "d"], "{{.Config.Domainname}}", "d"),
        (["--entrypoint", "sh"], "{{.Path}}", "sh"),
        (
            ["--env", "A=b"], "{{json .Config.Env}}",
            "[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\"A=b\"]"
        ),
        (["--expose", "99"], "{{json .Config.ExposedPorts}}", "{\"99/tcp\":{}}"),
        (["--group-add", "7"], "{{.HostConfig.GroupAdd}}", "[7]"),
        (
            ["--health-cmd", "true", "--health-interval", "7s", "--health-timeout", "3s"],
            "{{.Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}} {{.Config.Healthcheck.Timeout}}",
            "[CMD-SHELL true] 7000000000 3000000000"
        ),
        (
            [
                "--health-cmd", "true", "--health-retries", "9", "--health-start-period", "2s",
                "--health-start-interval", "1s",
            ],
            "{{.Config.Healthcheck.Retries}} {{.Config.Healthcheck.StartPeriod}} {{.Config.Healthcheck.StartInterval}}",
            "9 2000000000 1000000000"
        ),
        (["--hostname", "box"], "{{.Config.Hostname}}", "box"),
        (["--init"], "{{.HostConfig.Init}}", "true"),
        (["--interactive"], "{{.Config.OpenStdin}}", "true"),
        (["--ipc", "shareable"], "{{.HostConfig.IpcMode}}", "shareable"),
        (["--label", "a=b"], "{{.Config.Labels.a}}", "b"),
        (["--log-driver", "none"], "{{.HostConfig.LogConfig.Type}}", "none"),
        (["--log-opt", "max-size=1m"], "{{index .HostConfig.LogConfig.Config \"max-size\"}}", "1048576"),
        (["--mac-address", "02:42:ac:11:00:99"], "{{.Config.Labels}}", "map[]"),
        (
            ["--memory", "64m", "--memory-swap", "128m"], "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}",
            "67108864 134217728"
        ),
        (["--memory-swap=-1"], "{{.HostConfig.Memory}}", "0"),
        (["--memory-reservation", "32m"], "{{.HostConfig.MemoryReservation}}", "33554432"),
        (["--mount", "type=tmpfs,destination=/t"], "{{(index .Mounts 0).Destination}}", "/t"),
        (["--name", "named"], "{{.Name}}", "/named"),
        (["--network", "none"], "{{.HostConfig.NetworkMode}}", "none"),
        (["--oom-score-adj", "100"], "{{.HostConfig.OomScoreAdj}}", "100"),
        (["--pid", "host"], "{{.HostConfig.PidMode}}", "host"),
        (["--pids-limit", "99"], "{{.HostConfig.PidsLimit}}", "99"),
        (["--privileged"], "{{.HostConfig.Privileged}}", "true"),
        (
            ["--publish", "127.0.0.1::80"], "{{json .HostConfig.PortBindings}}",
            "{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"\"}]}"
        ),
        (["--publish-all"], "{{.HostConfig.PublishAllPorts}}", "true"),
        (["--quiet"], "{{.Path}}", "true"),
        (["--read-only"], "{{.HostConfig.ReadonlyRootfs}}", "true"),
        (
            ["--restart", "on-failure:3"],
            "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}", "on-failure 3"
        ),
        (["--rm"], "{{.HostConfig.AutoRemove}}", "true"),
        (["--security-opt", "no-new-privileges"], "{{.HostConfig.SecurityOpt}}", "[no-new-privileges]"),
        (
            ["--security-opt", "systempaths=unconfined"],
            "{{len .HostConfig.MaskedPaths}} {{len .HostConfig.ReadonlyPaths}}", "0 0"
        ),
        (
            ["--security-opt", "unmask=/proc/*", "--security-opt", "mask=/etc:/tmp"],
            "{{index .HostConfig.MaskedPaths 0}} {{json .HostConfig.ReadonlyPaths}}",
            "/sys/devices/virtual/powercap []"
        ),
        (["--shm-size", "1m"], "{{.HostConfig.ShmSize}}", "1048576"),
        (
            ["--stop-signal", "INT", "--stop-timeout", "7"], "{{.Config.StopSignal}} {{.Config.StopTimeout}}",
            "SIGINT 7"
        ),
        (["--sysctl", "net.ipv4.ip_forward=1"], "{{index .HostConfig.Sysctls \"net.ipv4.ip_forward\"}}", "1"),
        (["--tmpfs", "/t:size=1m"], "{{index .HostConfig.Tmpfs \"/t\"}}", "size=1m"),
        (["--tty"], "{{.Config.Tty}}", "true"),
        (
            ["--ulimit", "nofile=9:10"], "{{json .HostConfig.Ulimits}}",
            "[{\"Hard\":10,\"Name\":\"nofile\",\"Soft\":9}]"
        ),
        (["--user", "1000:7"], "{{.Config.User}}", "1000:7"),
        (["--uts", "host"], "{{.HostConfig.UTSMode}}", "host"),
        (["--volume", "v1:/data:ro"], "{{.HostConfig.Binds}}", "[v1:/data:ro]"),
        (["--workdir", "/tmp"], "{{.Config.WorkingDir}}", "/tmp"),
        (["--runtime", "runc"], "{{.HostConfig.Runtime}}", "runc"),
        (
            ["--isolation", "default", "--volume-driver", "local", "--disable-content-trust"],
            "{{.HostConfig.Runtime}}", "llmbox"
        ),
    ]

    /// Options that are refused, and a word of the message.
    private static let refused: [(options: [String], message: String)] = [
        (["--link", "a:b"], "find each other by name"), (["--link-local-ip", "10.0.0.1"], "169.254.0.0/16"),
        (["--storage-opt", "size=1g"], "no limit of its own"), (["--isolation", "hyperv"], "Windows"),
        (["--volume-driver", "nfs"], "no volume driver"), (["--memory-swap", "1g"], "it needs `-m`"),
        (["--oom-kill-disable"], "-m"), (["--memory-swappiness", "101"], "0 to 100"),
        (["--blkio-weight", "5"], "10 to 1000"), (["--device-read-bps", "/dev/null:1mb"], "no device node"),
        (["--device-write-iops", "x"], "PATH"), (["--device-cgroup-rule", "x"], "TYPE MAJOR:MINOR"),
        (["--cgroupns", "other"], "private"), (["--cgroup-parent", "/../x"], "a path below"),
        (["--label-file", "/nonexistent"], "no such file"), (["--annotation", "x"], "name=value"),
        (["--runtime", "none-such"], "search path"), (["--memry", "1m"], "did you mean `--memory`?"),
        (["--pid", "container:none-such"], "no such container"), (["--userns", "other"], "keep-id"),
        (["--userns", "auto", "--uidmap", "0:1:1"], "exclude each other"), (["--userns", "nomap"], "root is root"),
        (["--uidmap", "1:1:1"], "has to exist inside"),
        (["--uidmap", "0:1", "--gidmap", "0:1", "--gidmap", "0:5"], "twice"),
        (["--uidmap", "x"], "INSIDE:OUTSIDE:COUNT"), (["--userns", "auto:siz=4"], "`size`"),
        (["--subuidname", "no-such-user"], "no ids"), (["--subgidname", "no-such-user"], "no ids"),
        (["--userns", "auto:size=200000"], "1 to 65536"), (["--security-opt", "other"], "no-new-privileges"),
        (["--blkio-weight-device", "/dev/null:9"], "10 to 1000"),
        (["--device-read-iops", "/dev/null:9"], "no device node"),
        (["--device-write-bps", "/dev/null"], "PATH"),
        (["--log-driver", "syslog"], "json-file"), (["--platform", "plan9"], "linux/plan9"),
        (["--cpuset-cpus", "9999"], "not available"), (["--cpuset-mems", "9999"], "not available"),
        (["--cpuset-cpus", "x"], "0-3"), (["--replace"], "needs `--name`"),
        (["--kernel-memory", "1g"], "-m"), (["--use-api-socket"], "no daemon"),
        (["--platform", "windows"], "linux/arm64"),
    ]

    /// Options that tests elsewhere run with, because they show in no document.
    private static let elsewhere: Set = [
        "--attach", "--detach", "--detach-keys", "--sig-proxy", "--cidfile", "--env-file", "--gpus", "--gpu-no-require",
        "--cuda-compat",
        "--ip", "--ip6", "--network-alias", "--health-on-failure", "--platform", "--pull", "--publish-default-address",
        "--rdma", "--rdma-device", "--no-init", "--no-docker-defaults", "--version", "--help", "--creds",
        "--cpu-rt-period", "--cpu-rt-runtime", "--authfile",
        "--tls-verify", "--cert-dir", "--retry", "--retry-delay", "--userns", "--volumes-from",
        "--no-healthcheck", "--replace",
    ]

    @Test("what is taken shows in the container")
    func taken() throws {
        try withStore { llmbox, _ in
            for (options, format, value) in Self.shown {
                let made = run(
                    [LLMBoxProgram.path, "create"] + options + ["base", "true"],
                    environment: llmbox.environment
                )
                #expect(made.status == 0, "\(options): \(made)")
                let container = llmbox("inspect", "--format", format, made.line)
                #expect(container.line == value, "\(options): \(container)")
                #expect(llmbox("rm", made.line).status == 0)
            }
        }
    }

    @Test("what cannot be had is refused with words, and nothing is left")
    func refusals() throws {
        try withStore { llmbox, _ in
            for (options, message) in Self.refused {
                let made = run(
                    [LLMBoxProgram.path, "create"] + options + ["base", "true"],
                    environment: llmbox.environment
                )
                #expect([1, 125].contains(made.status) && made.errors.contains(message), "\(options): \(made)")
            }
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("every option that the help names is in one of these tables")
    func complete() {
        let help = run([LLMBoxProgram.path, "run", "--help"]).output
        var known = Self.elsewhere
        for (options, _, _) in Self.shown { known.formUnion(options) }
        for (options, _) in Self.refused { known.formUnion(options) }
        for line in help.split(separator: "\n") {
            let words = line.split(whereSeparator: { " ,/".contains($0) })
            guard words.first?.hasPrefix("-") == true, let long = words.first(where: { $0.hasPrefix("--") }) else {
                continue
            }
            #expect(known.contains(String(long)), "\(long) is tested nowhere")
        }
    }

    @Test("a device has the owner and the mode of the host inside, so that nobody reads a disk who may not there")
    func deviceRights() throws {
        try withStore { llmbox, context in
            let node = context.appending("node").string
            #expect(run(["sh", "-c", "mknod -m 640 \(node) c 1 5 && chown 0:42 \(node)"]).status == 0)
            let script = "stat -c '%a %u:%g' /dev/mine; head -c 1 /dev/mine | wc -c"
            func call(_ options: String...) -> CommandResult {
                let words = ["run", "--rm", "--network", "none", "--device", "\(node):/dev/mine"] + options
                return run(
                    [LLMBoxProgram.path] + words + ["base", "sh", "-c", script],
                    environment: llmbox.environment
                )
            }
            #expect(call().output == "640 0:42\n1\n")
            #expect(call("-u", "app").output == "640 0:42\n0\n")
            #expect(call("-u", "app", "--group-add", "42").output == "640 0:42\n1\n")
        }
    }

    @Test("limits of block devices and of real-time processor time hold, or the start says what the kernel lacks")
    func kernelLimits() throws {
        // Any one will do: nothing is read or written.
        let listed = run([
            "sh", "-c", "for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/loop0; do test -b $d && echo $d; done",
        ])
        let device = listed.output.split(separator: "\n").first.map(String.init)
        var wishes: [(options: [String], file: String, value: String)] = [
            (["--cpu-rt-period", "500000"], "cpu/PLACE/cpu.rt_period_us", "500000"),
            (["--cpu-rt-runtime", "1000"], "cpu/PLACE/cpu.rt_runtime_us", "1000"),
        ]
        if let device {
            wishes += [
                (["--device-read-iops", "\(device):123"], "blkio/PLACE/blkio.throttle.read_iops_device", " 123"),
                (["--device-write-iops", "\(device):124"], "blkio/PLACE/blkio.throttle.write_iops_device", " 124"),
                (["--device-read-bps", "\(device):1mb"], "blkio/PLACE/blkio.throttle.read_bps_device", " 1048576"),
                (["--device-write-bps", "\(device):2mb"], "blkio/PLACE/blkio.throttle.write_bps_device", " 2097152"),
                (["--blkio-weight-device", "\(device):300"], "blkio/PLACE/blkio.weight_device", " 300"),
            ]
        }
        try withStore { llmbox, _ in
            for (options, file, value) in wishes {
                let made = run(
                    [LLMBoxProgram.path, "run", "-d", "--network", "none"] + options + ["base", "sleep", "1000"],
                    environment: llmbox.environment
                )
                if made.status == 0 {
                    // On version 2 the file is another one, which the kernel has taken the value for.
                    let path = "/sys/fs/cgroup/" + file.replacing("PLACE", with: "llmbox/\(made.line)")
                    let content = run(["cat", path])
                    #expect(content.status != 0 || content.line.hasSuffix(value), "\(options): \(content)")
                } else {
                    #expect(made.status == 125 && made.errors.contains("cannot limit"), "\(options): \(made)")
                }
                llmbox("rm", "-f", llmbox("ps", "-lq").line)
            }
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("limits of few command lines reach the control groups")
    func rareLimits() throws {
        try withStore { llmbox, context in
            write("# labels\na=b\n\nc\n", to: "labels", in: context)
            let unified = run(["test", "-e", "/sys/fs/cgroup/cgroup.controllers"]).status == 0
            let options = [
                "--network", "none", "-m", "64m", "--cgroup-parent", "/llmbox-test-\(getpid())/x", "--label-file",
                context.appending("labels").string,
            ]
            let legacy = ["--memory-swappiness", "7", "--oom-kill-disable"]
            let words = ["run", "-d"] + options + (unified ? [] : legacy) + ["base", "sleep", "1000"]
            let made = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            try #require(made.status == 0, "\(made)")
            #expect(llmbox("inspect", "--format", "{{.Config.Labels}}", made.line).line == "map[a:b c:]")
            let place = "/sys/fs/cgroup/\(unified ? "" : "memory/")llmbox-test-\(getpid())/x/\(made.line)"
            let file = unified ? "memory.max" : "memory.limit_in_bytes"
            #expect(run(["cat", "\(place)/\(file)"]).line == "\(64 << 20)")
            if !unified {
                #expect(run(["cat", "\(place)/memory.swappiness"]).line == "7")
                #expect(run(["grep", "oom_kill_disable", "\(place)/memory.oom_control"]).line == "oom_kill_disable 1")
            }
            #expect(llmbox("rm", "-f", made.line).status == 0)
            #expect(run(["ls", place]).status != 0)
            // The directories that were named are the caller's to remove.
            let named = "rmdir /sys/fs/cgroup/*/llmbox-test-\(getpid())/x /sys/fs/cgroup/*/llmbox-test-\(getpid())"
            _ = run([
                "sh", "-c",
                "(\(named) /sys/fs/cgroup/llmbox-test-\(getpid())/x /sys/fs/cgroup/llmbox-test-\(getpid())) 2>/dev/null",
            ])
        }
    }
}
