import Testing

@testable import LLMBoxCLI

@Suite("List formats")
struct ListFormatTests {
    static let rows: [DisplayValue] = [
        .fields(["ID": "0123456789ab", "Repository": "demo", "CreatedSince": "2 hours ago", "Size": "72.9MB"]),
        .fields(["ID": "ba9876543210", "Repository": "a/long/name", "CreatedSince": "3 days ago", "Size": "1GB"]),
    ]
    static let headers = ["ID": "IMAGE ID", "CreatedSince": "CREATED"]

    func render(_ format: String?, _ rows: [DisplayValue] = rows) throws -> String {
        try ListFormat(format, defaultColumns: ["Repository", "ID", "Size"], headers: Self.headers).render(rows)
    }

    @Test("the default is a table with three spaces between columns")
    func defaultTable() throws {
        let expected = """
            REPOSITORY    IMAGE ID       SIZE
            demo          0123456789ab   72.9MB
            a/long/name   ba9876543210   1GB

            """
        #expect(try render(nil) == expected)
        #expect(try render("table") == expected)
    }

    @Test("an empty table has its header, whose columns are at least ten wide")
    func emptyTable() throws {
        #expect(try render("table {{.Size}}\\t{{.ID}}", []) == "SIZE      IMAGE ID\n")
    }

    @Test("a table template names its columns and keeps its text")
    func tableTemplate() throws {
        let text = try render("table {{.ID}}\\t{{upper .Repository}}\\t{{json .CreatedSince}}")
        #expect(
            text == """
                IMAGE ID       REPOSITORY    CREATED
                0123456789ab   DEMO          "2 hours ago"
                ba9876543210   A/LONG/NAME   "3 days ago"

                """
        )
    }

    @Test("a plain template prints one line a row")
    func plainTemplate() throws {
        #expect(try render("{{.ID}}:{{.Size}}") == "0123456789ab:72.9MB\nba9876543210:1GB\n")
    }

    @Test("json prints one object a line with the fields in order")
    func json() throws {
        let line = #"{"ID":"0123456789ab","Repository":"demo","CreatedSince":"2 hours ago","Size":"72.9MB"}"#
        #expect(try render("json", [Self.rows[0]]) == line + "\n")
    }

    @Test("a cell with a line break or an escape sequence stays on its line")
    func hostileCell() throws {
        let table = Table(header: ["A", "B"], rows: [["x\ny\u{1B}[2J", "z"]])
        #expect(table.render() == "A             B\nx\\ny\\x1b[2J   z\n")
    }

    @Test("indented JSON looks like docker's")
    func indented() {
        let value = DisplayValue.array([.fields(["A": 1, "B": .array([]), "C": .fields(["d": nil])])])
        #expect(
            value.json(indent: 4) == """
                [
                    {
                        "A": 1,
                        "B": [],
                        "C": {
                            "d": null
                        }
                    }
                ]
                """
        )
    }

    @Test("an encodable value becomes a display value")
    func encoding() throws {
        let value = try DisplayValue(encoding: ["b": ["x", "1"], "a": []])
        #expect(value.json() == #"{"a":[],"b":["x","1"]}"#)
        #expect(try DisplayValue(encoding: [true]).json() == "[true]")
        #expect(try DisplayValue(encoding: [1.5, 2]).json() == "[1.5,2]")
    }
}
