internal import Glibc
internal import OCIModel
internal import Synchronization
internal import Testing

@testable import Registry

@Suite("A registry that lies or fails")
struct HostileRegistryTests {
    @Test("an honest one gives the image, and its connection is plain HTTP on loopback")
    func honest() throws {
        let image = try StubImage()
        let receiver = MemoryReceiver()
        try pull({ image.answer($0.path) }, receiver: receiver) { _, result in
            let remote = try result.get()
            #expect(remote.manifestDigest == image.manifestDigest)
            #expect(remote.config.rootfs.diffIDs == [image.layerDigest])
        }
        #expect(receiver.received == [image.layerDigest: image.layer])
    }

    @Test("a layer that is here already is not fetched")
    func present() throws {
        let image = try StubImage()
        try pull({ image.answer($0.path) }, receiver: MemoryReceiver(present: [image.layerDigest])) { server, result in
            _ = try result.get()
            #expect(!server.requests.contains { $0.path.contains(image.layerDigest.hex) })
        }
    }

    @Test("a configuration with another digest is refused")
    func wrongConfig() throws {
        let image = try StubImage()
        try pull { request in
            var answer = image.answer(request.path)
            if request.path.contains(image.configDigest.hex) { answer.body[5] ^= 1 }
            return answer
        } inspect: { _, result in
            guard case .failure(RegistryError.digestMismatch(_, image.configDigest, _)) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a manifest with another digest than the one asked for is refused")
    func wrongManifest() throws {
        let image = try StubImage()
        let asked = BlobDigest(hashing: [1])
        try pull(
            { request in
                let isManifest = request.path.contains("/manifests/")
                return image.answer(isManifest ? "/v2/demo/manifests/latest" : request.path)
            },
            reference: "demo@\(asked)"
        ) { _, result in
            guard case .failure(RegistryError.digestMismatch(_, asked, _)) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a layer of another length than announced is refused", arguments: [-3, 3])
    func wrongSize(difference: Int) throws {
        let layer = Array("a layer's bytes".utf8)
        let image = try StubImage(layer: layer, layerSize: layer.count + difference)
        try pull({ image.answer($0.path) }) { _, result in
            guard case .failure(RegistryError.sizeMismatch(_, image.layerDigest, _, _)) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a document that is an image and an index at once is refused (CVE-2021-41190)")
    func ambiguous() throws {
        let text = #"{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}"#
        try pull { request in
            request.path == "/v2/" ? .text("{}") : .text(text, status: 200, "Content-Type: \(MediaType.manifest)")
        } inspect: { _, result in
            guard case .failure(RegistryError.badDocument) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a manifest sent under the media type of an index is refused")
    func mislabelled() throws {
        let image = try StubImage()
        try pull { request in
            var answer = image.answer(request.path)
            if request.path.contains("manifests") { answer.headers = ["Content-Type: \(MediaType.index)"] }
            return answer
        } inspect: { _, result in
            guard case .failure(RegistryError.badDocument) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a manifest without end is refused when it passes its limit")
    func hugeManifest() throws {
        let body = [UInt8](repeating: 32, count: 5 << 20)
        try pull { request in
            request.path == "/v2/" ? .text("{}") : StubServer.Answer(body: body)
        } inspect: { _, result in
            guard case .failure(RegistryError.tooLarge(_, "manifest", _)) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a digest that is a path is refused (CVE-2024-3727)")
    func pathDigest() throws {
        let text = """
            {"schemaVersion":2,"mediaType":"\(MediaType.manifest)","layers":[],
            "config":{"mediaType":"\(MediaType.config)","digest":"sha256:../../etc/passwd","size":1}}
            """
        try pull { request in
            request.path == "/v2/" ? .text("{}") : .text(text)
        } inspect: { _, result in
            guard case .failure(RegistryError.badDocument) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a token goes to the registry only, and not along with a redirect (CVE-2020-15157)")
    func redirect() throws {
        let image = try StubImage()
        let other = try StubServer { _ in StubServer.Answer(body: image.layer) }
        defer { other.stop() }
        let port = other.port
        try pull { request in
            let host = request.headers["host"] ?? ""
            if request.path.hasPrefix("/token") { return .text(#"{"token":"secret-token"}"#) }
            guard request.headers["authorization"] == "Bearer secret-token" else {
                let challenge = "WWW-Authenticate: Bearer realm=\"http://\(host)/token\",service=\"stub\""
                return .text("{}", status: 401, challenge)
            }
            if request.path.contains(image.layerDigest.hex) {
                return .text("", status: 307, "Location: http://127.0.0.1:\(port)/elsewhere")
            }
            return image.answer(request.path)
        } inspect: { server, result in
            _ = try result.get()
            let asked = server.requests.first { $0.path.hasPrefix("/token") }?.path
            #expect(asked == "/token?service=stub&scope=repository:demo:pull")
        }
        #expect(other.requests.count == 1)
        #expect(other.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test(
        "a redirect that leaves http and https, or goes round in circles, is refused",
        arguments: ["file:///etc/passwd", "gopher://127.0.0.1/", "/v2/demo/manifests/latest", "http://192.0.2.1/x", ""]
    )
    func badRedirect(location: String) throws {
        try pull { request in
            request.path == "/v2/" ? .text("{}") : .text("", status: 302, "Location: \(location)")
        } inspect: { _, result in
            guard case .failure(RegistryError.unsafeAddress) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a token service without TLS on another host is refused")
    func plainRealm() throws {
        try pull { _ in
            .text("{}", status: 401, "WWW-Authenticate: Bearer realm=\"http://192.0.2.1/token\"")
        } inspect: { _, result in
            guard case .failure(RegistryError.unsafeAddress) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("a request that fails for a moment is made again")
    func retry() throws {
        let image = try StubImage()
        let failures = Mutex(0)
        try pull { request in
            let isFirst = failures.withLock { count in
                guard request.path.contains("/manifests/"), count < 2 else { return false }
                count += 1
                return true
            }
            return isFirst ? .text("busy", status: 503) : image.answer(request.path)
        } inspect: { _, result in
            #expect(throws: Never.self) { try result.get() }
        }
    }

    @Test("a registry that stays busy is given up with its status")
    func givesUp() throws {
        try pull { request in
            request.path == "/v2/" ? .text("{}") : .text(#"{"errors":[{"message":"down"}]}"#, status: 503)
        } inspect: { server, result in
            guard case .failure(RegistryError.refused(_, _, 503, "down")) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(server.requests.filter { $0.path.contains("manifests") }.count == 3)
        }
    }

    @Test(
        "what a registry refuses is told in its own words, with what to do",
        arguments: [
            (401, "{}", "has no such public image", "llmbox login"),
            (403, "{}", "does not show it to you", "llmbox login"),
            (404, "{}", "has no `127.0.0.1", "the name and the tag are right"),
            (
                429, #"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}"#,
                "no more requests for now: You have reached your pull rate limit.", "wait, or log in"
            ),
            (418, #"{"errors":[{"code":"TEAPOT"}]}"#, "status 418: TEAPOT", ""),
            (400, "<html>not JSON</html>", "status 400", ""),
        ]
    )
    func words(status: Int, body: String, why: String, remedy: String) throws {
        try pull { request in
            request.path == "/v2/" ? .text("{}") : .text(body, status: status)
        } inspect: { _, result in
            guard case .failure(let error as RegistryError) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(error.why?.contains(why) == true, "\(error.why ?? "nothing")")
            #expect(error.remedy?.contains(remedy) ?? remedy.isEmpty, "\(error.remedy ?? "nothing")")
        }
    }

    @Test("a layer whose connection breaks goes on where it stopped", arguments: [true, false])
    func resume(knowsRanges: Bool) throws {
        let layer = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let image = try StubImage(layer: layer)
        let receiver = MemoryReceiver()
        try pull(
            { request in
                guard request.path.contains(image.layerDigest.hex) else { return image.answer(request.path) }
                guard let range = request.headers["range"] else {
                    return StubServer.Answer(body: layer, sends: knowsRanges ? 40_000 : nil)
                }
                guard knowsRanges else { return StubServer.Answer(body: layer) }
                let start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
                let header = "Content-Range: bytes \(start)-\(layer.count - 1)/\(layer.count)"
                return StubServer.Answer(status: 206, headers: [header], body: Array(layer[start...]))
            },
            receiver: receiver
        ) { server, result in
            _ = try result.get()
            let asked = server.requests.filter { $0.path.contains(image.layerDigest.hex) }
            #expect(asked.count == (knowsRanges ? 2 : 1))
        }
        #expect(receiver.received[image.layerDigest] == layer)
    }

    @Test("an unknown image, a closed port and a missing platform say what to do")
    func remedies() throws {
        try pull {
            $0.path == "/v2/" ? .text("{}") : .text("{}", status: 404)
        } inspect: { _, result in
            guard case .failure(let error as RegistryError) = result, case .notFound = error else {
                Issue.record("\(result)")
                return
            }
            #expect(error.remedy == "see that the name and the tag are right")
        }
        // What everybody builds upon can be made at home.
        let base = RegistryError.notFound(image: try ImageReference("debian:bookworm"), host: "docker.io")
        #expect(base.remedy?.contains("| llmbox import - debian:bookworm") == true)
        let closed = try ImageReference("127.0.0.1:1/demo")
        let error = #expect(throws: RegistryError.self) {
            try RegistryClient().resolve(closed, platform: .host)
        }
        #expect(error?.remedy == "see that the address is right and that `127.0.0.1:1` can be reached from here")
        let other = try CanonicalJSON.encode(
            ImageIndex(manifests: [
                Descriptor(
                    mediaType: MediaType.manifest,
                    digest: BlobDigest(hashing: []),
                    size: 0,
                    platform: Platform(os: "linux", architecture: "riscv64")
                )
            ])
        )
        try pull { request in
            request.path == "/v2/"
                ? .text("{}") : StubServer.Answer(headers: ["Content-Type: \(MediaType.index)"], body: other)
        } inspect: { _, result in
            guard case .failure(RegistryError.noPlatform(_, _, ["linux/riscv64"])) = result else {
                Issue.record("\(result)")
                return
            }
        }
    }
}
