import ContainerRuntime
import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

/// Classes of service, in a directory that looks like resctrl: no machine of ours has the real one.
@Suite struct CacheClassTests {
    private func make(_ name: String, in root: FilePath, schemata: String) throws {
        let directory = root.appending(name).string
        try check("make", directory) { mkdir(directory, 0o755) }
        try AtomicFile.write(directory + "/schemata", Array(schemata.utf8))
        try AtomicFile.write(directory + "/tasks", [])
        try check("make", directory) { mkdir(directory + "/mon_groups", 0o755) }
    }

    @Test("a class that exists is taken when it allows what was asked for, and outlives the container")
    func existing() throws {
        try withSandbox { root in
            try make("gold", in: root, schemata: "    L3:0=00ff;1=ff\n    MB:0=100;1=50\n")
            for lines in [[], ["L3:0=ff"], ["L3:1=0ff;0=FF", "MB:1=50"]] {
                let made = try CacheClass(id: "c", name: "gold", schemata: lines, isMonitored: false, root: root.string)
                #expect(made.directory == root.appending("gold").string && !made.isOwn && made.monitor == nil)
                try made.add(4711)
                #expect(try FileIO.readText(path: made.directory + "/tasks").hasPrefix("4711"))
                try made.remove()
            }
            for lines in [["L3:0=f"], ["L2:0=ff"], ["MB:2=50"]] {
                #expect(throws: CacheClassError.different(root.appending("gold").string)) {
                    try CacheClass(id: "c", name: "gold", schemata: lines, isMonitored: false, root: root.string)
                }
            }
        }
    }

    @Test("what counts for the container, and a class of its own, end with it")
    func own() throws {
        try withSandbox { root in
            try make("gold", in: root, schemata: "")
            let watched = try CacheClass(id: "c", name: "gold", schemata: [], isMonitored: true, root: root.string)
            #expect(watched.monitor == root.appending("gold/mon_groups/c").string)
            #expect(access(watched.monitor ?? "", F_OK) == 0)
            try watched.remove()
            #expect(access(watched.monitor ?? "", F_OK) != 0 && access(watched.directory, F_OK) == 0)
            let own = try CacheClass(id: "c", name: nil, schemata: [], isMonitored: false, root: root.string)
            #expect(own.isOwn && own.directory == root.appending("c").string)
            try own.remove()
            #expect(access(own.directory, F_OK) != 0)
            try own.remove()
        }
    }

    @Test("without resctrl, a name, or a class that is to be taken as it is, there is an error")
    func refusals() throws {
        try withSandbox { root in
            func make(_ name: String?, _ root: String?) throws {
                _ = try CacheClass(id: "c", name: name, schemata: [], isMonitored: false, root: root)
            }
            #expect(throws: CacheClassError.notMounted) { try make("x", nil) }
            #expect(throws: CacheClassError.missing("x")) { try make("x", root.string) }
            for name in ["..", "a/b", "info"] {
                #expect(throws: CacheClassError.invalidName(name)) { try make(name, root.string) }
            }
        }
    }

    @Test("bandwidth stands in a line of its own")
    func schemata() {
        #expect(CacheClass.schemata([], caches: "L3:0=f\nMB:0=10", memory: "MB:0=50") == ["L3:0=f", "MB:0=50"])
        #expect(
            CacheClass.schemata(["L2:0=1"], caches: "L3:0=f\nMB:0=10", memory: nil) == ["L3:0=f", "MB:0=10", "L2:0=1"]
        )
        #expect(CacheClass.schemata([], caches: nil, memory: nil) == [])
    }
}
