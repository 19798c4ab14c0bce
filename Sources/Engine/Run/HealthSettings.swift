internal import ContainerRuntime
internal import LaunchPlanning
internal import OCIModel

/// What a container's health check is: the image's, with what the command line says instead.
enum HealthSettings {
    /// Joins both; nil when health is not examined.
    static func check(_ flags: RunFlags, image: ContainerConfig) throws -> HealthCheck? {
        let own =
            flags.healthCommand != nil || flags.healthInterval != nil || flags.healthTimeout != nil
            || flags.healthRetries != nil || flags.healthStartPeriod != nil || flags.healthStartInterval != nil
        if flags.noHealthCheck {
            if own { throw ArgumentError.conflict("`--no-healthcheck`", "other `--health-*` options") }
            return nil
        }
        let test = flags.healthCommand.map { ["CMD-SHELL", $0] } ?? image.healthcheck?.test ?? []
        guard let kind = test.first, kind != "NONE", test.count > 1 else { return nil }
        let shell = image.shell ?? ["/bin/sh", "-c"]
        var check = HealthCheck(command: kind == "CMD-SHELL" ? shell + [test[1]] : Array(test.dropFirst()))
        func seconds(_ text: String?, _ option: String, _ nanoseconds: Int64?, _ fallback: Double) throws -> Double {
            if let text { return try DurationText.seconds(text, option: option) }
            guard let nanoseconds, nanoseconds > 0 else { return fallback }
            return Double(nanoseconds) / 1e9
        }
        let given = image.healthcheck
        check.interval = try seconds(flags.healthInterval, "--health-interval", given?.interval, check.interval)
        check.timeout = try seconds(flags.healthTimeout, "--health-timeout", given?.timeout, check.timeout)
        check.startPeriod = try seconds(
            flags.healthStartPeriod,
            "--health-start-period",
            given?.startPeriod,
            check.startPeriod
        )
        check.startInterval = try seconds(
            flags.healthStartInterval,
            "--health-start-interval",
            given?.startInterval,
            check.startInterval
        )
        if let retries = flags.healthRetries ?? given?.retries, retries > 0 { check.retries = retries }
        if let text = flags.healthOnFailure {
            guard let action = HealthAction(rawValue: text) else {
                throw ArgumentError.invalid(
                    option: "--health-on-failure",
                    value: text,
                    why: "there are `none`, `kill`, `restart` and `stop`"
                )
            }
            check.onFailure = action
        }
        return check
    }
}
