internal import Glibc
public import LaunchProtocol
public import LinuxKernel
internal import SystemPackage

/// A process that has been launched, or waits for its start.
///
/// It is a child of the caller: whoever launches must also wait.
public final class RunningProcess {
    /// The process's id as the host sees it.
    public let id: Int32
    /// The process by descriptor.
    public let descriptor: ProcessDescriptor
    /// What was asked for and could not be had in full.
    public private(set) var warnings: [String] = []

    /// Takes the descriptor by which somebody answers for system calls of a process.
    public typealias ListenerTaker = (borrowing OwnedFD) throws -> Void

    /// What gets that descriptor, while ``start()`` runs; without it a filter that asks for answers is an error.
    public var takeListener: ListenerTaker?

    private var standardInput: OwnedFD?
    private var standardOutput: OwnedFD?
    private var standardError: OwnedFD?
    private var terminal: OwnedFD?
    private var channel: OwnedFD?
    private let plan: LaunchPlan
    private var starter: (() throws -> Void)?
    private let finisher: (() -> Void)?
    /// Sends a signal by another way than the descriptor; false where there is none for this one.
    private let signaler: ((Int32) throws -> Bool)?

    init(
        id: Int32,
        descriptor: consuming ProcessDescriptor,
        channel: consuming OwnedFD,
        streams: consuming ParentStreams,
        plan: LaunchPlan
    ) {
        self.id = id
        self.descriptor = descriptor
        self.channel = .some(channel)
        self.plan = plan
        finisher = nil
        signaler = nil
        standardInput = streams.input.take()
        standardOutput = streams.output.take()
        standardError = streams.error.take()
        terminal = streams.terminal.take()
        warnings = streams.warnings
    }

    /// Adopts a process that somebody else has set up, with what starts it, what cleans up after it, and how it is told
    /// signals where that is not by its descriptor.
    init(
        id: Int32,
        descriptor: consuming ProcessDescriptor,
        streams: consuming ParentStreams,
        plan: LaunchPlan,
        starter: @escaping () throws -> Void,
        finisher: @escaping () -> Void,
        signaler: ((Int32) throws -> Bool)? = nil
    ) {
        self.id = id
        self.descriptor = descriptor
        self.plan = plan
        self.starter = starter
        self.finisher = finisher
        self.signaler = signaler
        standardInput = streams.input.take()
        standardOutput = streams.output.take()
        standardError = streams.error.take()
        terminal = streams.terminal.take()
    }

    /// Gives the writing end of standard input to the caller, once; closing it is the process's end of file.
    public func takeStandardInput() -> OwnedFD? { standardInput.take() }

    /// Gives the reading end of standard output to the caller, once.
    public func takeStandardOutput() -> OwnedFD? { standardOutput.take() }

    /// Gives the reading end of standard error to the caller, once.
    public func takeStandardError() -> OwnedFD? { standardError.take() }

    /// Gives the controlling side of the terminal to the caller, once.
    public func takeTerminal() -> OwnedFD? { terminal.take() }

    /// Lets a container that is set up execute its command, and returns when it has.
    ///
    /// - Important: on failure the process has ended, and has been waited for.
    public func start() throws(LaunchError) {
        if let starter {
            self.starter = nil
            do { try starter() } catch {
                finisher?()
                _ = try? descriptor.wait()  // the failure is what matters; the ending only has to be collected
                throw (error as? LaunchError) ?? .preparationFailed(error)
            }
            return
        }
        guard let channel = channel.take() else { return }
        do throws(LaunchError) {
            try LaunchChannel(channel, plan: plan).start(warnings: &warnings, takeListener: takeListener)
        } catch {
            // One that nobody answers for would wait for ever.
            if plan.hasListener { try? descriptor.signal(SIGKILL) }  // it may have ended by itself
            _ = try? descriptor.wait()  // the failure is what matters; the ending only has to be collected
            throw error
        }
    }

    /// Leaves a container that is set up to whoever connects to the socket that the request named.
    public func postpone() throws(LaunchError) {
        guard let channel = channel.take() else { return }
        try LaunchChannel(channel, plan: plan).send(.postpone)
    }

    /// Has a container execute its command that was left waiting by ``postpone()``.
    ///
    /// - Parameters:
    ///   - connection: a connection to the listening socket.
    ///   - plan: the plan that the container was launched by, to put a failure into words.
    ///   - takeListener: gets the descriptor by which somebody answers for system calls of the process.
    /// - Returns: what was asked for and could not be had in full.
    /// - Throws: ``LaunchError``.
    public static func start(
        over connection: consuming OwnedFD,
        plan: LaunchPlan,
        takeListener: ListenerTaker? = nil
    ) throws(LaunchError) -> [String] {
        var warnings: [String] = []
        try LaunchChannel(connection, plan: plan).start(warnings: &warnings, takeListener: takeListener)
        return warnings
    }

    /// Waits for the end of the process.
    ///
    /// - Important: blocks the calling thread.
    public func wait() throws(LaunchError) -> ProcessDescriptor.Ending {
        do {
            let ending = try descriptor.wait()
            finisher?()
            return ending
        } catch {
            throw .system(error)
        }
    }

    /// Sends a signal; a process that has ended is left in peace.
    public func signal(_ number: Int32) throws(LaunchError) {
        if let signaler {
            do { if try signaler(number) { return } } catch { throw .preparationFailed(error) }
        }
        do {
            try descriptor.signal(number)
        } catch {
            if error.errno != .noSuchProcess { throw .system(error) }
        }
    }
}

/// The caller's ends of a process's streams, while a launch is under way.
struct ParentStreams: ~Copyable {
    var input: OwnedFD?
    var output: OwnedFD?
    var error: OwnedFD?
    var terminal: OwnedFD?
    var warnings: [String] = []
}
