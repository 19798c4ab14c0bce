internal import Glibc
public import SystemPackage

/// An ordinary user of the machine, for as long as a test runs.
///
/// The user exists in a mount namespace only, with copies of the machine's tables of users: nothing is left when a test is
/// killed, and tests do not wait for one another.
public struct RootlessUser: Sendable {
    /// The user's id, and their group's.
    public static let number: UInt32 = 31_001
    /// The user's home directory.
    public let home: FilePath
    private let place: FilePath

    /// Makes a user with a home below `sandbox`.
    ///
    /// - Parameters:
    ///   - sandbox: a directory of the test's own.
    ///   - hasSubordinateIDs: whether the user may have further ids in user namespaces.
    public init(in sandbox: FilePath, hasSubordinateIDs: Bool = true) {
        place = sandbox.appending("rootless")
        home = place.appending("home")
        let rows = hasSubordinateIDs ? "tester:200000:65536" : ""
        let script = """
            chmod 755 "$0" && mkdir -p "$1/home" "$1/bin" "$1/run" && cd "$1" && chmod 755 . && \
            cp /etc/passwd passwd && cp /etc/group group && \
            echo "tester:x:\(Self.number):\(Self.number)::$1/home:/bin/sh" >> passwd && \
            echo "tester:x:\(Self.number):" >> group && echo "\(rows)" > subuid && cp subuid subgid && \
            touch /etc/subuid /etc/subgid && chown -R \(Self.number):\(Self.number) home run && chmod 700 home run && \
            mknod -m 666 tun c 10 200
            """
        _ = TestSupport.run(["sh", "-c", script, sandbox.string, place.string])
    }

    /// Runs a program as the user, with nothing of our environment; `isOffline` in a network that leads nowhere.
    @discardableResult
    public func run(
        _ arguments: [String],
        input: [UInt8] = [],
        limit: Int = 120,
        isOffline: Bool = false
    ) -> CommandResult {
        // `/dev/net/tun` is everybody's where udev made it, and need not be where it did not.
        let script = """
            for f in passwd group subuid subgid; do mount --bind "$0/$f" /etc/$f || exit 99; done
            mount --bind "$1" "$0/bin" || exit 99
            test -e /dev/net/tun && mount --bind "$0/tun" /dev/net/tun
            cd "$0/home" && shift && exec setpriv --reuid \(Self.number) --regid \(Self.number) --clear-groups \
            env -i HOME="$0/home" XDG_RUNTIME_DIR="$0/run" PATH="$0/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin" "$@"
            """
        let products = FilePath(LLMBoxProgram.path).removingLastComponent().string
        let network = isOffline ? ["unshare", "-n", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"] : []
        let words = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, place.string, products]
        return TestSupport.run(network + words + arguments, input: input, limit: limit)
    }

    /// Runs one command of llmbox as the user.
    @discardableResult
    public func callAsFunction(_ arguments: String..., input: [UInt8] = [], limit: Int = 120) -> CommandResult {
        run(["llmbox"] + arguments, input: input, limit: limit)
    }

    /// Ends what a test has left running.
    public func finish() {
        for container in self("ps", "-aq").output.split(separator: "\n") { self("rm", "-f", String(container)) }
    }
}
