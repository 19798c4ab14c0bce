import Testing

@testable import LLMBoxCLI

struct ArgumentFormsTests {
    @Test(
        "docker's forms become ArgumentParser's, up to the image and no further",
        arguments: [
            ("run -eA=1 img -eA=1", "run -e A=1 img -eA=1"),
            ("run -e=A=1 img", "run -e A=1 img"),
            ("run -iteA=1 img", "run -it -e A=1 img"),
            ("run --rm=true -d=false img", "run --rm img"),
            ("run --name --rm img --rm=true", "run --name --rm img --rm=true"),
            ("run -h box img", "run -h box img"),
            ("exec -h", "exec -h"),
            ("run --sig-proxy img --sig-proxy", "run --sig-proxy=true img --sig-proxy"),
            ("run -m-1 img", "run -m-1 img"),
            ("run -- -x", "run -- -x"),
            ("container run -lb=c img", "container run -l b=c img"),
            ("build -tA=1 .", "build --tag=A=1 ."),
        ]
    )
    func forms(written: String, understood: String) throws {
        let words = written.split(separator: " ").map(String.init)
        #expect(try ArgumentForms.normalized(words) == understood.split(separator: " ").map(String.init))
    }
}
