/// Finds out whether a registry speaks TLS, by the first request that the protocol has.
struct RegistryContact {
    let client: HTTPClient
    let policy: AddressPolicy

    private static let answerLimit = 256 * 1024

    /// Asks `secure` and `plain` as far as they may be asked.
    ///
    /// - Returns: The one that answers, with its answer.
    func find(_ secure: WebAddress, _ plain: WebAddress) throws(HTTPFailure) -> (WebAddress, HTTPResponse?) {
        if plain.isLoopback {
            // Plain first, because a server without TLS may wait for the rest of a TLS greeting until the time is over,
            // while one with TLS refuses plain text at once. What never leaves the machine needs no secrecy.
            do throws(HTTPFailure) {
                let response = try ping(plain)
                if let status = response?.status, status == 401 || (200..<300).contains(status) {
                    return (plain, response)
                }
            } catch .libraryMissing(let reason) {
                throw .libraryMissing(reason)
            } catch {
                // Whatever else failed, asking with TLS tells more.
            }
        }
        do throws(HTTPFailure) {
            return (secure, try ping(secure))
        } catch {
            let isRefused = if case .transfer(7, _) = error { true } else { false }
            guard policy.allowsPlain(plain), error.isNotTLS || isRefused else { throw error }
            return (plain, try ping(plain))
        }
    }

    private func ping(_ address: WebAddress) throws(HTTPFailure) -> HTTPResponse? {
        guard let url = address.resolving("/v2/") else { return nil }
        var failures = 0
        while true {
            do {
                var request = HTTPRequest(url: url)
                policy.secure(&request, isRegistry: true)
                let response = try client.send(request)
                // Reading to the end frees the connection for the next request.
                _ = try response.readAll(limit: Self.answerLimit)
                return response
            } catch let failure {
                failures += 1
                let mayBePlain = failure.isNotTLS && policy.allowsPlain(url)
                guard failure.isTransient, !mayBePlain, failures < policy.retry.attempts else { throw failure }
                policy.retry.wait(after: failures)
            }
        }
    }
}
