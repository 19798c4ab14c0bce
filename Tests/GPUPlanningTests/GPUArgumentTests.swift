internal import GPUPlanning
internal import Testing

@Suite struct GPUArgumentTests {
    @Test(
        "the grammar of --gpus is docker's, and forgives missing quotes",
        arguments: [
            ("all", GPURequest(.all)), ("2", GPURequest(.count(2))), ("-1", GPURequest(.all)),
            ("count=3", GPURequest(.count(3))), ("count=all", GPURequest(.all)), ("0", GPURequest(.count(0))),
            ("\"device=0,2\"", GPURequest(.named(["0", "2"]))), ("device=0,2", GPURequest(.named(["0", "2"]))),
            ("device=0", GPURequest(.named(["0"]))), ("\"device=GPU-ab,1\"", GPURequest(.named(["GPU-ab", "1"]))),
            ("device=0:1", GPURequest(.named(["0:1"]))), ("device=all", GPURequest(.all)),
            ("driver=nvidia", GPURequest(.count(1), vendor: .nvidia)),
            ("driver=amd,count=2", GPURequest(.count(2), vendor: .amd)),
            ("all,capabilities=utility", GPURequest(.all, capabilities: [.utility])),
            (
                "\"device=GPU-ab,1\",\"capabilities=compute,utility\"",
                GPURequest(.named(["GPU-ab", "1"]), capabilities: [.compute, .utility])
            ),
            ("device=1,2,capabilities=gpu,video", GPURequest(.named(["1", "2"]), capabilities: [.video])),
            ("all,capabilities=gpu", GPURequest(.all)), ("all,options=a=b", GPURequest(.all)),
        ]
    )
    func accepted(text: String, request: GPURequest) throws {
        #expect(try GPUArgument.parse(text) == request)
    }

    @Test(
        "what is no request says why",
        arguments: [
            ("", "a field is empty"), ("some", "neither a number nor `all`"), ("all,all", "`count` is given twice"),
            ("count=1,device=0", "exclude each other"), ("colour=red", "no key `colour`"),
            ("\"device=0", "a quote is not closed"), ("driver=voodoo", "no driver `voodoo`"),
            ("device=", "names no device"), ("1.5", "neither a number"), ("+1", "neither a number"),
            ("-2", "neither a number"), ("de\"vice", "in the middle"),
        ]
    )
    func refused(text: String, why: String) {
        #expect {
            try GPUArgument.parse(text)
        } throws: { error in
            "\(error)".contains(why)
        }
    }

    @Test("a capability that does not exist is an error that lists those that do")
    func capabilities() {
        #expect(throws: GPURequestError.unknownCapability("tensor")) {
            try GPUArgument.parse("all,capabilities=tensor")
        }
        #expect(GPURequestError.unknownCapability("x").remedy?.contains("`compute`") == true)
    }

    @Test(
        "NVIDIA_VISIBLE_DEVICES asks as the vendor's tools understand it",
        arguments: [
            ("all", GPURequest(.all, vendor: .nvidia)), ("0, 1,0", GPURequest(.named(["0", "1"]), vendor: .nvidia)),
            ("0,all", GPURequest(.all, vendor: .nvidia)), ("none", GPURequest(.driverOnly, vendor: .nvidia)),
            ("void", nil), ("", nil), ("0,void", nil), ("MIG-1,none", GPURequest(.named(["MIG-1"]), vendor: .nvidia)),
        ] as [(String, GPURequest?)]
    )
    func visibleDevices(value: String, request: GPURequest?) throws {
        #expect(try GPURequest(visibleDevices: value) == request)
    }
}
