import OCIModel
import Testing

@testable import Registry

@Suite struct TransferTests {
    private static let mebibyte = 1 << 20

    /// What a pace advises when so many mebibytes come in each of some seconds.
    private func advice(_ seconds: [Int], left: Int64 = 1 << 30) -> [TransferPace.Advice] {
        var pace = TransferPace()
        return seconds.map { pace.note($0 * Self.mebibyte, after: .seconds(1), left: left) }
    }

    @Test("several requests are tried where one is slow, and left where they bring nothing")
    func pace() {
        #expect(advice([10, 40, 1]) == [.tryWindow, .goOn, .goOn])
        #expect(advice([10, 11, 10]) == [.tryWindow, .leaveWindow, .goOn])
        #expect(advice([100, 200]) == [.goOn, .goOn])
        #expect(advice([10, 10], left: 1 << 20) == [.goOn, .goOn])
        var fast = TransferPace()
        #expect((0..<100).allSatisfy { _ in fast.note(100, after: .milliseconds(1), left: 1 << 30) == .goOn })
    }

    @Test("parts that arrive in any order are read in theirs, and never more than a window of them is asked for")
    func window() throws {
        let size = Int64(RangeWindow.partSize) * 9 + 17
        let window = try #require(
            RangeWindow.open(from: 5, to: 5 + size) { start, count, _ in
                [UInt8](repeating: UInt8((start - 5) / RangeWindow.partSize), count: Int(count))
            }
        )
        var (total, last) = (Int64(0), UInt8(0))
        var buffer = [UInt8](repeating: 0, count: 100_000)
        while total < size {
            let count = try #require(buffer.withUnsafeMutableBytes { window.read(into: $0) })
            #expect(buffer[0] == UInt8(total / RangeWindow.partSize) && buffer[0] >= last)
            last = buffer[0]
            total += Int64(count)
        }
        #expect(total == size && last == 9)
        #expect(buffer.withUnsafeMutableBytes { window.read(into: $0) } == nil)
    }

    @Test("a part that cannot be had ends the window behind the parts before it")
    func brokenWindow() throws {
        let window = try #require(
            RangeWindow.open(from: 0, to: RangeWindow.partSize * 20) { start, count, _ in
                start >= RangeWindow.partSize * 3 ? nil : [UInt8](repeating: 1, count: Int(count))
            }
        )
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while let count = buffer.withUnsafeMutableBytes({ window.read(into: $0) }) { total += count }
        #expect(total == Int(RangeWindow.partSize) * 3)
    }

    @Test("pieces grow on a fast line up to the limit")
    func uploadPace() {
        var pace = UploadPace(limit: 64 << 20)
        let sizes = (0..<5).map { _ in
            let size = pace.begin()
            pace.end()
            return size >> 20
        }
        #expect(sizes == [8, 16, 32, 64, 64])
        var small = UploadPace(limit: 1 << 20)
        #expect(small.begin() == 1 << 20)
    }

    @Test(
        "what a registry is known to refuse is refused before anything is sent",
        arguments: [
            ("ghcr.io", Int64(10_000_000_001), 1, true), ("ghcr.io", 10_000_000_000, 1, false),
            ("1.dkr.ecr.eu-central-1.amazonaws.com", 60 << 30, 1, true), ("public.ecr.aws", 1, 4201, true),
            ("team.azurecr.io:443", 300 << 30, 1, true), ("registry.example", 300 << 30, 5000, false),
        ]
    )
    func limits(registry: String, size: Int64, count: Int, isRefused: Bool) throws {
        let image = try ImageReference("\(registry)/a/b:1")
        let layers = [(digest: BlobDigest, size: Int64)](
            repeating: (BlobDigest(hashing: [1]), size),
            count: count
        )
        let result = Result { try RegistryLimits(of: registry).check(layers: layers, of: image) }
        #expect((try? result.get()) == nil ? isRefused : !isRefused)
    }

    @Test("a list of tags is read over all its pages")
    func tags() throws {
        let server = try StubServer { request in
            switch request.path {
            case "/v2/": .text("{}")
            case "/v2/demo/tags/list?n=1000":
                .text(#"{"name":"demo","tags":["a","b"]}"#, "Link: </v2/demo/tags/list?n=1000&last=b>; rel=\"next\"")
            case "/v2/demo/tags/list?n=1000&last=b": .text(#"{"name":"demo","tags":["c"]}"#)
            default: .text("{}", status: 404)
            }
        }
        defer { server.stop() }
        let image = try ImageReference("127.0.0.1:\(server.port)/demo")
        #expect(try RegistryClient().tags(of: image) == ["a", "b", "c"])
    }
}
