internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// The Dockerfiles of `Dockerfiles`, built by llmbox and compared with what BuildKit and buildah built from them.
///
/// The peers' results are recorded beside the cases. `LLMBOX_UPDATE_GOLDENS=1` records them anew from the peers that are
/// installed: `docker.io` for BuildKit, `buildah`. `LLMBOX_CASES=TEXT` limits everything to the cases of that name.
@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct DockerfileTests {
    private static let isRecording = getenv("LLMBOX_UPDATE_GOLDENS") != nil
    private static let groups = 4

    @Test("the image is the one that the peers build", arguments: 0..<groups)
    func comparison(group: Int) throws {
        try withSandbox { sandbox in
            let bases = try BaseImages(in: sandbox)
            let builder = LLMBoxBuilder(root: sandbox.appending("store"))
            try bases.load(into: builder)
            for (number, testCase) in DockerfileCase.all.enumerated() where number % Self.groups == group {
                let outcome = try builder.outcome(of: testCase, in: sandbox, base: bases.flat)
                check(outcome, of: testCase)
            }
        }
    }

    private func check(_ outcome: BuildOutcome, of testCase: DockerfileCase) {
        switch outcome {
        case .built:
            #expect(testCase.failure == nil, "\(testCase) was built")
        case .failed(let message):
            guard let word = testCase.failure else {
                Issue.record("\(testCase) cannot be built: \(message)")
                return
            }
            #expect(message.lowercased().contains(word.lowercased()), "\(testCase): \(message)")
        }
        if testCase.peers.isEmpty, testCase.failure == nil {
            let found = differences(testCase.section("expected")?.splitLines ?? [], outcome.lines)
            #expect(found.isEmpty, "\(testCase) differs from what is expected:\n\(found.joined(separator: "\n"))")
        }
        let recorded = RecordedResults(of: testCase)
        for peer in testCase.peers {
            guard let lines = recorded.lines(of: peer) else {
                Issue.record("\(testCase) has no recorded result of \(peer)")
                continue
            }
            let comparable = outcome.lines.filter { peer != BuildahBuilder.name || !$0.hasPrefix("history ") }
            let found = differences(lines, comparable)
            let intended = testCase.differences(from: peer)
            #expect(
                found.sorted() == intended.sorted(),
                "\(testCase) differs from \(peer):\n\(found.joined(separator: "\n"))"
            )
        }
    }

    @Test("a few results of buildah are still what is recorded", .enabled(if: !isRecording))
    func live() throws {
        try withSandbox { sandbox in
            let buildah = try #require(BuildahBuilder(root: sandbox.appending("buildah")))
            defer { buildah.remove() }
            let bases = try BaseImages(in: sandbox)
            try bases.load(into: buildah)
            let cases = DockerfileCase.all.filter { testCase in
                testCase.peers.contains(BuildahBuilder.name)
                    && RecordedResults(of: testCase).version(of: BuildahBuilder.name) == buildah.version
            }
            for (number, testCase) in cases.enumerated() where number % 16 == 0 {
                let outcome = try buildah.outcome(of: testCase, in: sandbox, base: bases.flat)
                let recorded = RecordedResults(of: testCase).lines(of: BuildahBuilder.name)
                #expect(outcome.lines == recorded, "\(testCase)")
            }
        }
    }

    @Test("record the results of the peers", .enabled(if: isRecording), .timeLimit(.minutes(30)))
    func record() throws {
        try withSandbox { sandbox in
            let bases = try BaseImages(in: sandbox)
            if let buildah = BuildahBuilder(root: sandbox.appending("buildah")) {
                defer { buildah.remove() }
                try record(buildah, bases, in: sandbox)
            }
            if access("/usr/bin/docker", X_OK) == 0, let buildKit = BuildKitBuilder(root: sandbox.appending("docker")) {
                defer { buildKit.stop() }
                try record(buildKit, bases, in: sandbox)
            }
        }
    }

    private func record<Peer: Builder>(_ peer: Peer, _ bases: BaseImages, in sandbox: FilePath) throws {
        try bases.load(into: peer)
        for testCase in DockerfileCase.all where testCase.peers.contains(Peer.name) {
            let outcome = try peer.outcome(of: testCase, in: sandbox, base: bases.flat)
            var recorded = RecordedResults(of: testCase)
            recorded.record(outcome.lines, of: Peer.name, version: peer.version)
            recorded.write()
        }
    }
}
