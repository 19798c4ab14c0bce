public import OCIModel

extension RegistryClient {
    /// Finds out whether a registry lets somebody in, with the credentials of the client's options.
    ///
    /// - Parameter registry: Any reference of the registry; only its domain counts.
    /// - Throws: ``RegistryError/loginRefused(host:)`` when it does not.
    public func checkLogin(_ registry: ImageReference) throws(RegistryError) {
        do {
            let rules = try configuration()
            // A registry that is blocked for images may still be logged in to.
            let endpoint = try? rules.endpoint(writing: registry)
            let connection = try RegistryConnection(
                image: registry,
                endpoint: endpoint,
                access: nil,
                client: http,
                options: options
            )
            guard let address = connection.base.resolving("/v2/") else { return }
            // A registry without this page is asked by others through its token service alone, which has let us in.
            try connection.send(HTTPRequest(url: address), accepted: [404]).discardBody()
        } catch .denied(_, let host, _) {
            throw .loginRefused(host: host)
        }
    }
}
