internal import FoundationEssentials
internal import Glibc
internal import OCIModel

/// Finds and fetches files of a Hugging Face-compatible hub.
///
/// The token goes to the hub itself only: where it sends us for the content of large files, nobody learns it. Redirects never
/// lead from https to plain http, and nothing is asked of link-local addresses.
///
/// - Important: Every method blocks on the network.
public final class HubClient: Sendable {
    private static let redirectLimit = 8
    private static let listLimit = 64 << 20
    private static let pageLimit = 10_000

    let http: HTTPClient
    let retry: RetryPolicy
    let width: Int
    private let endpoint: WebAddress
    private let token: String?

    /// Makes a client of the hub at `endpoint`.
    ///
    /// - Throws: ``HubError/badEndpoint(_:)``.
    public init(endpoint: String, token: String?, options: RegistryOptions) throws(HubError) {
        var text = endpoint
        while text.hasSuffix("/") { text.removeLast() }
        guard let address = WebAddress(text) else { throw .badEndpoint(endpoint) }
        self.endpoint = address
        self.token = token.flatMap { $0.isEmpty ? nil : $0 }
        http = HTTPClient(trust: options.trust, proxies: options.proxies)
        retry = options.retry
        width = max(4, options.parallelBlobs)
    }

    /// Whether we say who we are.
    var hasToken: Bool { token != nil }

    /// The commit that a version of a repository is now.
    ///
    /// - Parameters:
    ///   - repository: The kind of repository in the hub's words (`models`, `datasets`, `spaces`) and its name.
    ///   - revision: A branch, a tag or a commit.
    ///   - name: What errors call it.
    /// - Returns: The commit's 40 digits.
    /// - Throws: ``HubError``.
    public func commit(_ repository: (kind: String, name: String), revision: String, name: String) throws -> String {
        let path = "/api/\(repository.kind)/\(repository.name)/revision/\(Self.escaped(revision))"
        let response = try get(endpoint.text + path, name: name)
        struct Answer: Decodable { var sha: String }
        let bytes = try body(of: response, name)
        guard let answer = try? CanonicalJSON.decode(Answer.self, from: bytes), answer.sha.utf8.count == 40,
            answer.sha.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { throw HubError.badAnswer(name, reason: "the hub names no commit for `\(revision)`") }
        return answer.sha
    }

    /// All files of a repository at a commit.
    public func files(_ repository: (kind: String, name: String), commit: String, name: String) throws -> [HubFile] {
        var next: String? =
            endpoint.text + "/api/\(repository.kind)/\(repository.name)/tree/\(commit)?recursive=1&expand=0"
        var files: [HubFile] = []
        var pages = 0
        while let address = next {
            pages += 1
            guard pages <= Self.pageLimit else { throw HubError.badAnswer(name, reason: "its list has no end") }
            let response = try get(address, name: name)
            next = try Self.nextPage(response, from: address, name)
            let bytes = try body(of: response, name)
            guard let entries = try? CanonicalJSON.decode([Entry].self, from: bytes) else {
                throw HubError.badAnswer(name, reason: "its list of files cannot be understood")
            }
            for entry in entries where entry.type == "file" {
                guard Self.isPlain(entry.path), entry.size >= 0 else {
                    throw HubError.badAnswer(name, reason: "it has a file with the name `\(entry.path)`")
                }
                let digest = try entry.lfs.map { lfs throws -> BlobDigest in
                    let hex = lfs.oid.hasPrefix("sha256:") ? String(lfs.oid.dropFirst(7)) : lfs.oid
                    guard let digest = try? BlobDigest(hex: hex) else {
                        throw HubError.badAnswer(name, reason: "`\(entry.path)` has the malformed digest `\(lfs.oid)`")
                    }
                    return digest
                }
                files.append(
                    HubFile(
                        path: entry.path,
                        size: entry.lfs?.size ?? entry.size,
                        sha256: digest,
                        gitID: digest == nil ? entry.oid : nil
                    )
                )
            }
        }
        return files
    }

    private struct Entry: Decodable {
        struct Large: Decodable {
            var oid: String
            var size: Int64
        }

        var type: String
        var path: String
        var size: Int64
        var oid: String?
        var lfs: Large?
    }

    /// The address of a file at a commit.
    func address(of file: HubFile, _ repository: (kind: String, name: String), commit: String) -> String {
        let prefix = repository.kind == "models" ? "" : repository.kind + "/"
        let path = file.path.split(separator: "/").map { Self.escaped(String($0)) }.joined(separator: "/")
        return "\(endpoint.text)/\(prefix)\(repository.name)/resolve/\(commit)/\(path)"
    }

    private static func escaped(_ part: String) -> String {
        PercentEncoding.encode(part).replacing("/", with: "%2F")
    }

    // MARK: Requests

    /// An answer, and the address that gave it, behind all redirects.
    struct Answer {
        let response: HTTPResponse
        let address: WebAddress
    }

    /// The answer of ``ask(_:headers:name:)``, wherever it came from.
    private func get(_ text: String, name: String) throws -> HTTPResponse { try ask(text, name: name).response }

    /// Asks until there is an answer that is not the hub's passing trouble.
    func ask(_ text: String, headers: [HTTPHeader] = [], name: String) throws -> Answer {
        guard let address = WebAddress(text) else {
            throw HubError.unreachable(name, reason: "`\(text)` is no address")
        }
        var failures = 0
        while true {
            let answer: Answer
            do throws(HTTPFailure) {
                answer = try follow(address, headers)
            } catch {
                failures += 1
                guard error.isTransient, failures < retry.attempts else {
                    throw HubError.unreachable(name, reason: error.reason)
                }
                retry.wait(after: failures)
                continue
            }
            let response = answer.response
            switch response.status {
            case 200, 206, 416: return answer
            case 401, 403: throw HubError.denied(name, hasToken: hasToken)
            case 404: throw HubError.notFound(name, hasToken: hasToken)
            default: break
            }
            failures += 1
            guard RetryPolicy.isTransient(response.status), failures < retry.attempts else {
                throw HubError.refused(name, status: response.status)
            }
            response.discardBody()
            retry.wait(after: failures, response)
        }
    }

    /// Asks once, and goes where the answer sends us.
    func follow(_ start: WebAddress, _ headers: [HTTPHeader]) throws(HTTPFailure) -> Answer {
        var address = start
        for _ in 0...Self.redirectLimit {
            guard !LinkLocal.contains(address.host) else { throw Self.linkLocal }
            var request = HTTPRequest(url: address)
            request.headers = headers + [HTTPHeader(name: "User-Agent", value: "llmbox")]
            if let token, address.origin == endpoint.origin {
                request.headers.append(HTTPHeader(name: "Authorization", value: "Bearer \(token)"))
            }
            let response = try http.send(request)
            guard !LinkLocal.contains(response.peer) else { throw Self.linkLocal }
            guard [301, 302, 303, 307, 308].contains(response.status) else {
                return Answer(response: response, address: address)
            }
            guard let next = address.resolving(response.header("location") ?? ""), next.isSecure || !address.isSecure
            else { throw .transfer(code: 3, message: "the hub redirects to an address that must not be followed") }
            response.discardBody()
            address = next
        }
        throw .transfer(code: 47, message: "the hub redirects too often")
    }

    private static var linkLocal: HTTPFailure {
        .transfer(code: 3, message: "the address is link-local, where clouds keep their machines' secrets")
    }

    private func body(of response: HTTPResponse, _ name: String) throws -> [UInt8] {
        do {
            return try response.readAll(limit: Self.listLimit)
        } catch {
            throw HubError.unreachable(name, reason: error.reason)
        }
    }

    /// The address of the next page: `Link: <…>; rel="next"` (RFC 8288), on the same server.
    private static func nextPage(_ response: HTTPResponse, from address: String, _ name: String) throws -> String? {
        guard let link = response.header("link"), link.contains("rel=\"next\""), let open = link.firstIndex(of: "<"),
            let close = link.firstIndex(of: ">"), open < close
        else { return nil }
        let text = String(link[link.index(after: open)..<close])
        guard let here = WebAddress(address), let next = here.resolving(text), next.origin == here.origin else {
            throw HubError.badAnswer(name, reason: "its list goes on at another server")
        }
        return next.text
    }

    /// Whether a path stays below the directory it is put into.
    private static func isPlain(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.isEmpty && path.utf8.count < 4096 && !path.utf8.contains(0)
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count < 256 }
    }
}
