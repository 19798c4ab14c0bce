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
            var reader = try ContainerListingReader(collection)
            let made = try reader.read(container.id)
            #expect(made.container == ContainerListing(record))
            #expect(made.state.status == .created)
            let ended = Timestamp(seconds: 1_700_000_000, nanoseconds: 120_000_000)
            try container.updateState { state in
                (state.status, state.exitCode, state.startedAt, state.finishedAt) = (.exited, 137, ended, ended)
            }
            let state = try reader.read(container.id).state
            #expect((state.status, state.exitCode) == (.exited, 137))
            #expect(state.startedAt == ended && state.finishedAt == ended)
            // One that claims to run is looked at closely: this one's process is not there.
            try container.updateState { $0.status = .running }
            let claimed = try reader.read(container.id).state
            #expect(try claimed == container.state())
        }
    }

    @Test("a plain record is read without a decoder, and a damaged one is not guessed at")
    func plainListing() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            let record = Self.record(Self.id("aa1"), "one")
            let container = try collection.create(record)
            let bytes = try FileIO.readAll(path: container.recordPath)
            func listing(_ count: Int) -> ContainerListing? {
                bytes.withUnsafeBufferPointer { ContainerListing(record: UnsafeBufferPointer(rebasing: $0[..<count])) }
            }
            #expect(listing(bytes.count) == ContainerListing(record))
            for count in 0..<bytes.count - 2 { #expect(listing(count) == nil) }
            let state = try FileIO.readAll(path: container.statePath)
            #expect(state.withUnsafeBufferPointer { ContainerState(endedFrom: $0) }?.status == .created)
        }
    }

    @Test("a list passes over what a crash left and takes records of any length")
    func unusualListing() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            var long = Self.record(Self.id("aa1"), "long")
            long.labels = ["text": String(repeating: "x", count: 100_000)]
            let whole = try collection.create(long)
            let half = try collection.create(Self.record(Self.id("aa2"), "half"))
            unlink(half.recordPath)
            #expect(try collection.ids().sorted() == [whole.id, half.id].sorted())
            var reader = try ContainerListingReader(collection)
            #expect(try reader.read(whole.id).container == ContainerListing(long))
            #expect(throws: ContainerError.self) { try reader.read(half.id) }
        }
    }

    @Test("a container that was renamed while it ran takes its new name with it")
    func removalAfterRename() throws {
        try withSandbox { sandbox in
            let collection = ContainerCollection(path: "\(sandbox)/containers")
            let record = Self.record(Self.id("aa1"), "before")
            let container = try collection.create(record)
            try collection.rename(container, to: "after")
            // The supervisor still has the record that it began with.
            try collection.removeSupervised(container, known: record)
            #expect(access("\(collection.path)/by-name/after", F_OK) != 0 && errno == ENOENT)
            #expect(try DirectoryWalker.names(in: OwnedFD.open(collection.path + "/by-name", O_RDONLY)).isEmpty)
            #expect(access(container.path, F_OK) != 0)
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
