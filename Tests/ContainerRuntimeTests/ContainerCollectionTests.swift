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
