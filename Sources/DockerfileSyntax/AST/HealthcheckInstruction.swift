/// `HEALTHCHECK NONE` or `HEALTHCHECK [options] CMD command`.
public enum HealthcheckInstruction: Hashable, Sendable {
    /// Turns an inherited check off.
    case none
    /// Checks by running a command.
    case command(Check)

    /// A command and how often it runs; `nil` stands for an option that was not given.
    public struct Check: Hashable, Sendable {
        /// The command; the shell form does not use `SHELL`.
        public let form: CommandForm
        /// The time between checks; 0 means the default.
        public let intervalNanoseconds: Int64?
        /// How long one check may take; 0 means the default.
        public let timeoutNanoseconds: Int64?
        /// The time in which failures do not count; 0 means the default.
        public let startPeriodNanoseconds: Int64?
        /// The time between checks during the start period; 0 means the default.
        public let startIntervalNanoseconds: Int64?
        /// How many failures in a row make the container unhealthy; 0 means the default.
        public let retries: Int?
    }
}
