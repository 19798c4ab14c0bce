public import OCIModel

extension RegistryClient {
    /// The tags of a repository, in the registry's order.
    ///
    /// - Throws: ``RegistryError``.
    public func tags(of image: ImageReference) throws(RegistryError) -> [String] {
        struct Page: Decodable {
            var tags: [String]?
        }
        let source = try source(image) { _, _ in }
        let connection = try source.connection(source.last)
        var (address, tags) = (try connection.address("tags/list?n=1000"), [String]())
        // Each page names the next one (distribution-spec, "Listing Tags"); a circle of pages has an end.
        for _ in 0..<1000 {
            let response = try connection.send(HTTPRequest(url: address))
            let next = response.header("link").flatMap(Self.next)
            let page: Page
            do {
                page = try CanonicalJSON.decode(Page.self, from: response.readAll(limit: 8 << 20))
            } catch let failure as HTTPFailure {
                throw connection.explained(failure)
            } catch {
                throw .badDocument(image: image, reason: "its list of tags is no JSON document of the expected shape")
            }
            tags += page.tags ?? []
            guard let next else { return tags }
            address = try connection.policy.next(next, from: address, image: image)
        }
        return tags
    }

    /// The address in a header such as `</v2/a/tags/list?last=x>; rel="next"`.
    private static func next(_ header: String) -> String? {
        guard header.contains("next"), let start = header.firstIndex(of: "<"), let end = header.firstIndex(of: ">"),
            start < end
        else { return nil }
        return String(header[header.index(after: start)..<end])
    }
}
