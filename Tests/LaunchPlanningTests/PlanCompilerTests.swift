import LaunchPlanning
import LaunchProtocol
import OCIModel
import Testing

@Suite struct PlanCompilerTests {
    private func plan(
        cgroups: PlanInputs.Cgroups = .unified,
        _ change: (inout ContainerOptions) -> Void = { _ in }
    ) throws -> LaunchPlan {
        let overlay = OverlayRoot(lower: ["/l/2", "/l/1"], upper: "/c/upper", work: "/c/work")
        return try PlanCompiler.compile(
            Fixture.spec(change),
            PlanInputs(root: .overlay(overlay), cgroups: cgroups)
        )
    }

    /// One line for each operation, with its details where it has any; the filter is left to its own tests.
    private func text(of plan: LaunchPlan) -> String {
        var lines = ["namespaces \(String(plan.namespaces.rawValue, radix: 16))"]
        for operation in plan.operations {
            var line = "\(operation)"
            if case .mount(let mount) = operation {
                line +=
                    " options \(mount.options.joined(separator: ",")) flags \(String(mount.flags.rawValue, radix: 16))"
            }
            if case .bind(let bind) = operation {
                line +=
                    " recursive \(bind.recursive) flags \(String(bind.flags.rawValue, radix: 16)) \(bind.propagation)"
            }
            if case .makeDevice(let device) = operation { line += " \(device.major):\(device.minor)" }
            if case .makeSymbolicLink(_, let target) = operation { line += " to \(target)" }
            if case .limitBoundingSet(let mask) = operation { line += " \(String(mask, radix: 16))" }
            if case .setCredentials(let who) = operation { line += " groups \(who.supplementaryGroups)" }
            if case .setCapabilities(let sets) = operation {
                line += " effective \(String(sets.effective, radix: 16)) permitted \(String(sets.permitted, radix: 16))"
                line += " inheritable \(sets.inheritable) ambient \(sets.ambient)"
            }
            lines.append(line)
        }
        lines.append("execute \(plan.command.arguments) with \(plan.command.environment)")
        return lines.joined(separator: "\n") + "\n"
    }

    @Test("the plan of a default container")
    func golden() throws {
        try expectGolden(text(of: plan()), "default-plan.txt")
    }

    @Test("the control groups of version 1 are mounted one by one, read-only")
    func legacyCgroups() throws {
        let plan = try plan(cgroups: .legacy([["cpu", "cpuacct"], ["memory"], ["name=systemd"]], hasUnified: true))
        let mounts = plan.operations.filter { operation in
            if case .mount(let mount) = operation { return mount.target.hasPrefix("/sys/fs/cgroup") }
            return false
        }
        #expect(mounts.count == 5)
        let links = plan.operations.filter { "\($0)".contains("link `/sys/fs/cgroup") }
        #expect(links.count == 2)
        let last = try #require(plan.operations.firstIndex(of: .restrictMount(path: "/sys/fs/cgroup", .readOnly)))
        let pivot = try #require(plan.operations.firstIndex(of: .pivotRoot))
        #expect(last < pivot)
    }

    @Test("with no-new-privileges the filter comes last, without it before the capabilities go")
    func filterOrder() throws {
        func order(_ operations: [LaunchOperation]) -> [String] {
            operations.compactMap { operation in
                switch operation {
                case .installSeccomp: "filter"
                case .setCapabilities: "capabilities"
                case .setNoNewPrivileges: "nnp"
                case .setCredentials: "user"
                case .reportReady: "ready"
                default: nil
                }
            }
        }
        #expect(try order(plan().operations) == ["ready", "user", "filter", "capabilities"])
        let hardened = try plan { $0.noNewPrivileges = true }
        #expect(order(hardened.operations) == ["ready", "user", "capabilities", "nnp", "filter"])
    }

    @Test("every bind precedes the change of root, and everything that hides follows it")
    func rootOrder() throws {
        let plan = try plan { $0.mounts = [.bind("/h", at: "/a", isReadOnly: true)] }
        let pivot = try #require(plan.operations.firstIndex(of: .pivotRoot))
        for (index, operation) in plan.operations.enumerated() {
            switch operation {
            case .bind(let bind):
                #expect(index < pivot)
                if bind.target == "/a" { #expect(bind.recursiveFlags == .readOnly && bind.recursive) }
            case .maskPath, .makePathReadOnly, .setCredentials: #expect(index > pivot)
            default: break
            }
        }
    }

    @Test("a read-only root is made so after the working directory exists")
    func readOnly() throws {
        let operations = try plan { $0.isReadOnly = true }.operations
        let directory = try #require(operations.firstIndex(of: .makeDirectory(DirectoryRequest(path: "/app"))))
        let readOnly = try #require(operations.firstIndex(of: .makeRootReadOnly))
        #expect(directory < readOnly)
    }

    @Test("a second process joins first, mounts nothing and has no more rights")
    func exec() throws {
        var changes = ExecPlan.Changes(arguments: ["id"])
        changes.user = ResolvedUser(uid: 7, gid: 8, additionalGids: [8], home: "/h")
        changes.terminal = TerminalRequest(rows: 1, columns: 2, isConsole: false)
        changes.environment = ["X=1"]
        let container = try plan()
        let exec = ExecPlan.derive(from: container, changes)
        let namespaces = container.namespaces.union(.cgroup)
        #expect(exec.operations.prefix(3) == [.awaitRelease, .joinNamespaces(namespaces), .startSession])
        #expect(exec.terminal?.isConsole == false)
        #expect(exec.operations.contains(.limitBoundingSet(0xA804_25FB)))
        #expect(exec.operations.contains(.setCredentials(Credentials(user: 7, group: 8, supplementaryGroups: [8]))))
        let filters = [container, exec].map { plan in
            plan.operations.filter { if case .installSeccomp = $0 { true } else { false } }
        }
        #expect(filters[0] == filters[1] && filters[0].count == 1)
        #expect(exec.command.environment.contains("HOME=/h") && exec.command.environment.last == "X=1")
        #expect(exec.namespaces.isEmpty)
    }

    @Test("what nobody can be born in is entered first, with all other namespaces")
    func entry() throws {
        var spec = try Fixture.spec()
        let inputs = PlanInputs(root: .directory("/r"), cgroups: .none)
        let usual = try PlanCompiler.compile(spec, inputs)
        #expect(!usual.entersNamespaces && usual.namespaces.contains(.pid))
        spec.linux?.namespaces?.append(LinuxNamespace(.time))
        let timed = try PlanCompiler.compile(spec, inputs)
        guard case .enterNamespaces(let entry) = timed.operations.first else {
            Issue.record("\(timed.operations.first.map(String.init(describing:)) ?? "nothing") comes first")
            return
        }
        #expect(timed.namespaces.isEmpty && entry.new == usual.namespaces.union(.time) && entry.existing.isEmpty)
        #expect(PlanCompiler.joinedNamespaces(spec.linux ?? LinuxSpec()).isEmpty)
    }

    @Test("what is not built yet is refused")
    func unsupported() throws {
        var spec = try Fixture.spec()
        spec.linux?.namespaces?.removeAll { $0.type == .mount }
        #expect(throws: PlanError.self) {
            try PlanCompiler.compile(spec, PlanInputs(root: .directory("/r"), cgroups: .none))
        }
    }
}
