/// What a Dockerfile may ask for only when the caller has allowed it: a file from elsewhere never raises its own rights.
///
/// The texts are those of `--allow`.
public enum BuildEntitlement: String, CaseIterable, Hashable, Sendable {
    /// `RUN --network=host`.
    case hostNetwork = "network.host"
    /// `RUN --security=insecure`.
    case insecure = "security.insecure"
    /// `RUN --device`.
    case device
}
