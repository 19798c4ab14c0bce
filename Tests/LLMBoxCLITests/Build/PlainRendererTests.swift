import Engine
import Testing

@testable import LLMBoxCLI

@Suite("Plain progress")
struct PlainRendererTests {
    /// What is written for events at their seconds, and for nothing but the passing of time where there is no event.
    private func text(_ events: [(Double, BuildEvent?)]) -> String {
        var renderer = PlainRenderer()
        let lines = events.map { time, event in
            event.map { renderer.show($0, at: time) } ?? renderer.tick(at: time)
        }
        return lines.joined() + renderer.finish()
    }

    private func output(_ vertex: Int, _ text: String) -> BuildEvent {
        .output(vertex: vertex, isError: false, bytes: Array(text.utf8))
    }

    @Test("one thing after the other reads as BuildKit writes it")
    func sequence() {
        let text = text([
            (0, .started(vertex: 1, name: "[internal] load build definition")), (0.04, .finished(vertex: 1)),
            (0.1, .started(vertex: 2, name: "[1/2] FROM base")), (0.1, .cached(vertex: 2)), (0.1, .finished(vertex: 2)),
            (1, .started(vertex: 3, name: "[2/2] RUN make")), (1.25, output(3, "a\nb")), (1.5, output(3, "c\n\n")),
            (2, output(3, "10%\r20%\r")), (3, .failed(vertex: 3, message: "exit code: 2")),
        ])
        #expect(
            text == """
                #1 [internal] load build definition
                #1 DONE 0.0s

                #2 [1/2] FROM base
                #2 CACHED

                #3 [2/2] RUN make
                #3 0.250 a
                #3 0.500 bc
                #3 0.500
                #3 2.000 20%
                #3 ERROR: exit code: 2

                """
        )
    }

    @Test("one speaks at a time; what others say follows as a whole when it is done")
    func concurrent() {
        let text = text([
            (0, .started(vertex: 1, name: "RUN one")), (0.1, .started(vertex: 2, name: "RUN two")),
            (0.2, output(2, "two a\n")), (0.3, output(1, "one a\n")), (0.4, output(2, "two b\n")),
            (0.5, .finished(vertex: 2)), (0.6, .started(vertex: 3, name: "RUN three")), (0.7, output(1, "one b\n")),
            (1, .finished(vertex: 1)), (1.1, output(3, "three a\n")), (1.2, .canceled(vertex: 3)),
        ])
        #expect(
            text == """
                #1 RUN one
                #1 0.300 one a
                #1 0.700 one b
                #1 DONE 1.0s

                #2 RUN two
                #2 0.100 two a
                #2 0.300 two b
                #2 DONE 0.4s

                #3 RUN three
                #3 0.500 three a
                #3 CANCELED

                """
        )
    }

    @Test("who speaks for long lets others speak, and goes on later under its name")
    func patience() {
        let text = text([
            (0, .started(vertex: 1, name: "RUN one")), (0.1, .started(vertex: 2, name: "RUN two")),
            (1, output(2, "two a\n")), (2, nil), (4, nil), (4.5, output(1, "one a\n")), (5, output(2, "two b\n")),
            (5.5, .finished(vertex: 2)), (6, .finished(vertex: 1)),
        ])
        #expect(
            text == """
                #1 RUN one
                #1 ...

                #2 RUN two
                #2 0.900 two a
                #2 4.900 two b
                #2 DONE 5.4s

                #1 RUN one
                #1 4.500 one a
                #1 DONE 6.0s

                """
        )
    }

    @Test("a long copy says now and then how far it is")
    func transfer() {
        func progress(_ bytes: Int64) -> BuildEvent {
            .progress(vertex: 1, what: "copying /w", bytes: bytes, total: 2_000_000_000)
        }
        let text = text([
            (0, .started(vertex: 1, name: "COPY w /")), (0, progress(0)), (1, progress(100_000_000)),
            (6, progress(1_000_000_000)), (7, progress(1_200_000_000)), (12, progress(2_000_000_000)),
            (12, .finished(vertex: 1)),
        ])
        #expect(
            text == """
                #1 COPY w /
                #1 copying /w 0B / 2GB
                #1 copying /w 1GB / 2GB 6.0s
                #1 copying /w 2GB / 2GB 12.0s done
                #1 DONE 12.0s

                """
        )
    }

    @Test("whatever happens, every line of every piece of work is written once, and each ends")
    func complete() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var renderer = PlainRenderer()
            var (text, now, next, said) = ("", 0.0, 1, 0)
            var running: [Int] = []
            var ended = 0
            for _ in 0..<60 {
                now += Double.random(in: 0...2, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    text += renderer.show(.started(vertex: next, name: "work \(next)"), at: now)
                    running.append(next)
                    next += 1
                case 1:
                    guard let vertex = running.randomElement(using: &random) else { continue }
                    said += 1
                    text += renderer.show(output(vertex, "said \(said).\n"), at: now)
                case 2:
                    guard let vertex = running.randomElement(using: &random) else { continue }
                    running.removeAll { $0 == vertex }
                    ended += 1
                    text += renderer.show(.finished(vertex: vertex), at: now)
                default: text += renderer.tick(at: now)
                }
            }
            text += renderer.finish()
            let lines = text.split(separator: "\n")
            #expect(lines.count { $0.contains(" DONE ") } == ended, "\(text)")
            for line in 1..<max(1, said + 1) where said > 0 {
                #expect(lines.count { $0.hasSuffix("said \(line).") } == 1, "\(line): \(text)")
            }
            for vertex in 1..<max(1, next) where next > 1 {
                #expect(lines.contains("#\(vertex) work \(vertex)"), "\(vertex): \(text)")
            }
        }
    }
}
