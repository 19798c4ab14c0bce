import Glibc
import LaunchPlanning
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@testable import Engine

@Suite struct SecurityLabelTests {
    @Test("files get the label that all container tools know, and a level of their own where the process has one")
    func labels() {
        let common = "system_u:object_r:container_file_t:s0"
        #expect(SecurityLabels.label(.shared, process: nil) == common)
        #expect(SecurityLabels.label(.own, process: nil) == common)
        let process = "system_u:system_r:container_t:s0:c1,c2"
        #expect(SecurityLabels.label(.own, process: process) == common + ":c1,c2")
        #expect(SecurityLabels.label(.shared, process: process) == common)
        #expect(SecurityLabels.label(.own, process: "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023") == common)
    }

    @Test(
        "all of a directory is labelled, links too and not what they lead to",
        .enabled(if: geteuid() == 0 && !SecurityLabels.areKept)
    )
    func tree() throws {
        try withSandbox { sandbox in
            let script = "mkdir -p $0/m/a && touch $0/m/a/w $0/other && ln -s ../other $0/m/link"
            try #require(run(["sh", "-c", script, sandbox.string]).status == 0)
            func label(_ path: String) throws -> String? {
                let file = try OwnedFD.open(sandbox.appending(path).string, O_PATH | O_NOFOLLOW)
                return try ExtendedAttributes.get(SecurityLabels.attribute, of: file).map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
            let before = try label("other")
            try SourcePlace(path: sandbox.appending("m").string).label("u:r:t:s0")
            for path in ["m", "m/a", "m/a/w", "m/link"] { #expect(try label(path) == "u:r:t:s0\0", "\(path)") }
            #expect(try label("other") == before)
        }
        #expect(throws: VolumeServiceError.self) { try SourcePlace(path: "/etc").label("u:r:t:s0") }
    }
}
