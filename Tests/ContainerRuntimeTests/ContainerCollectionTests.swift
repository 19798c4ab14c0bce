import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@testable import ContainerRuntime

@Suite struct ContainerCollectionTests {
    private static func id(_ first: String) -> String { first + String(repeating: "0", count: 64 - first.utf8.count) }

    private static func record(_ id: String, _ name: String) -> ContainerRecord {
        ContainerRecord(
            id: id,
            name: name,
            image: "debian",
            imageID: "sha256:0",
            created: Timestamp(seconds: 1),
            command: ["sh"]
        )
    }

    @Test("a container is found by name, by id and by the beginning of its id")
    func resolve() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            #expect(try collection.all().isEmpty)
            let one = try collection.create(Self.record(Self.id("aa1"), "one"))
            let two = try collection.create(Self.record(Self.id("aa2"), "aa1-is-my-name"))
            #expect(try collection.resolve("one") == one)
            #expect(try collection.resolve("/one") == one)
            #expect(try collection.resolve("aa1") == one)
            #expect(try collection.resolve(two.id) == two)
            #expect(try collection.resolve("aa1-is-my-name") == two)
            #expect(throws: ContainerError.self) { try collection.resolve("aa") }
            #expect(throws: ContainerError.self) { try collection.resolve("nobody") }
            #expect(throws: ContainerError.self) { try collection.resolve("../containers") }
            #expect(try one.record().name == "one")
            #expect(try one.state().status == .created)
        }
    }

    @Test(
        "a list reads of a container what its record and state say",
        arguments: ["plain", "with \"quotes\" and \\", "\u{e9}\n\u{1F600}", ""]
    )
    func listing(word: String) throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            var record = Self.record(Self.id("aa1"), "one")
            record.command = ["sh", "-c", word, "{[,]}"]
            record.labels = ["a": word, "b": "[\"", "c,}": ""]
            record.mounts = [
                MountSummary(type: "bind", source: "/" + word, destination: "/x", writable: true),
                MountSummary(type: "volume", name: "data", source: "/v", destination: "/y", writable: false),
            ]
            let container = try collection.create(record)
            #expect(try container.listing().container == ContainerListing(record))
            #expect(try container.listing().state.status == .created)
            let ended = Timestamp(seconds: 1_700_000_000, nanoseconds: 120_000_000)
            try container.updateState { state in
                (state.status, state.exitCode, state.startedAt, state.finishedAt) = (.exited, 137, ended, ended)
            }
            let state = try container.listing().state
            #expect((state.status, state.exitCode) == (.exited, 137))
            #expect(state.startedAt == ended && state.finishedAt == ended)
            // One that claims to run is looked at closely: this one's process is not there.
            try container.updateState { $0.status = .running }
            #expect(try container.listing().state == container.state())
        }
    }

    @Test("a plain record is read without a decoder, and a damaged one is not guessed at")
    func plainListing() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            let record = Self.record(Self.id("aa1"), "one")
            let container = try collection.create(record)
            let bytes = try FileIO.readAll(path: container.recordPath)
            #expect(ContainerListing(record: bytes) == ContainerListing(record))
            for count in 0..<bytes.count - 2 { #expect(ContainerListing(record: Array(bytes.prefix(count))) == nil) }
            #expect(try ContainerState(endedFrom: FileIO.readAll(path: container.statePath))?.status == .created)
        }
    }

    @Test("a name belongs to one container until that is removed")
    func names() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            let one = try collection.create(Self.record(Self.id("1"), "chat"))
            #expect(throws: ContainerError.self) { try collection.create(Self.record(Self.id("2"), "chat")) }
            #expect(try collection.all().count == 1)
            try collection.remove(one)
            #expect(try collection.all().isEmpty)
            #expect(access(one.path, F_OK) != 0)
            _ = try collection.create(Self.record(Self.id("3"), "chat"))
        }
    }

    @Test("a container that a crash left half made is not listed and does not keep its name")
    func crash() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            let half = try collection.create(Self.record(Self.id("1"), "chat"))
            unlink(half.recordPath)
            #expect(try collection.all().isEmpty)
            #expect(try collection.leftovers() == [half])
            let next = try collection.create(Self.record(Self.id("2"), "chat"))
            #expect(try collection.resolve("chat") == next)
        }
    }

    @Test("a container that somebody looks after cannot be removed or run twice")
    func supervision() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            let one = try collection.create(Self.record(Self.id("1"), "chat"))
            guard let lock = try one.superviseAlone() else {
                Issue.record("nobody else has the lock")
                return
            }
            let second = try one.superviseAlone()
            let refused = second == nil
            #expect(refused)
            #expect(throws: ContainerError.self) { try collection.remove(one) }
            lock.release()
            try collection.remove(one)
        }
    }

    @Test(
        "names follow Docker's rule",
        arguments: [
            ("chat", true), ("a.b-c_d", true), ("0", true), ("", false), ("-x", false), ("a/b", false), ("ü", false),
        ]
    )
    func validity(name: String, valid: Bool) { #expect(ContainerCollection.isValidName(name) == valid) }
}
