// What the server accepts and refuses, byte for byte, over a raw socket.
#include <gtest/gtest.h>

#include <ostream>

#include "http/server.hpp"
#include "support/http_application.hpp"
#include "support/http_client.hpp"

namespace sovereign::http {
namespace {

using namespace std::string_literals;
using support::EchoApplication;
using support::HttpClient;

constexpr std::string_view kNext = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

struct Case {
  std::string name;
  std::string bytes;
  int status;
};

void PrintTo(const Case& sample, std::ostream* out) { *out << sample.name; }

std::string case_name(const testing::TestParamInfo<Case>& info) { return info.param.name; }

/// A GET with the given header lines.
std::string with(std::string_view headers) {
  return fmt::format("GET /x HTTP/1.1\r\n{}\r\n", headers);
}
std::string post(std::string_view headers, std::string_view body = "") {
  return fmt::format("POST /x HTTP/1.1\r\nHost: a\r\n{}\r\n{}", headers, body);
}
std::string target(std::string_view text) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", text);
}

class Refused : public testing::TestWithParam<Case> {
 protected:
  EchoApplication application;
  Server server{{.port = 0, .loops = 1}, application};
};

TEST_P(Refused, IsAnsweredOnceAndNothingAfterItIsServed) {
  ASSERT_TRUE(server.start());
  HttpClient client(server.port());
  client.send_until_closed(GetParam().bytes);
  client.send_until_closed(kNext);
  client.shutdown_send();
  const auto response = client.read_response();
  EXPECT_EQ(response.status, GetParam().status) << response.body;
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_TRUE(application.handled().empty());
}

INSTANTIATE_TEST_SUITE_P(
    RequestLine, Refused,
    testing::Values(Case{"Http09", "GET /\r\n", 400},
                    Case{"Http09WithHeaders", "GET /\r\nHost: a\r\n\r\n", 400},
                    Case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
                    Case{"UnknownMinorVersion", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
                    Case{"MalformedVersion", "GET / HTTP/1\r\nHost: a\r\n\r\n", 400},
                    Case{"LowerCaseProtocol", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"LowerCaseMethod", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                    Case{"UnknownMethod", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                    Case{"Trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                    Case{"Connect", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501},
                    Case{"MethodWithBadCharacter", "GE\"T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"LeadingSpace", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"TwoEmptyLinesBefore", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"TabAsSeparator", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"TrailingSpace", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
                    Case{"TlsClientHello", "\x16\x03\x01\x02"s, 400},
                    Case{"LineFeedOnly", "GET / HTTP/1.1\nHost: a\n\n", 400},
                    Case{"LoneCarriageReturn", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Target, Refused,
    testing::Values(Case{"NonAscii", target("/caf\xc3\xa9"), 400},
                    Case{"Control", target("/a\x01"), 400}, Case{"Delete", target("/a\x7f"), 400},
                    Case{"Nul", target("/a\0b"s), 400}, Case{"Fragment", target("/a#b"), 400},
                    Case{"Backslash", target("/a\\b"), 400}, Case{"Quote", target("/\"a\""), 400},
                    Case{"Angle", target("/<a>"), 400}, Case{"BrokenPercent", target("/a%2"), 400},
                    Case{"PercentWithoutHex", target("/%zz"), 400},
                    Case{"EncodedNul", target("/a%00b"), 400},
                    Case{"AuthorityForm", target("a:80"), 400}, Case{"Relative", target("a"), 400},
                    Case{"AsteriskWithGet", target("*"), 400},
                    Case{"OtherScheme", target("ftp://a/"), 400},
                    Case{"UserInformation", target("http://me@a/"), 400},
                    Case{"AbsoluteFormOfOtherHost", target("http://b/x"), 400},
                    Case{"AbsoluteFormWithoutHost", target("http:///x"), 400},
                    Case{"TooLong", target("/" + std::string(8 * 1024, 'a')), 414}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Headers, Refused,
    testing::Values(Case{"NoHost", with(""), 400},
                    Case{"TwoHosts", with("Host: a\r\nHost: a\r\n"), 400},
                    Case{"EmptyHost", with("Host: \r\n"), 400},
                    Case{"HostWithPath", with("Host: a/b\r\n"), 400},
                    Case{"HostWithUser", with("Host: me@a\r\n"), 400},
                    Case{"HostList", with("Host: a, b\r\n"), 400},
                    Case{"HostWithBadPort", with("Host: a:99999\r\n"), 400},
                    Case{"FoldedHeader", with("Host: a\r\nX: 1\r\n 2\r\n"), 400},
                    Case{"FoldedAtOnce", with("Host: a\r\nX:\r\n\t2\r\n"), 400},
                    Case{"FoldedBeforeFirst", with(" X: 1\r\nHost: a\r\n"), 400},
                    Case{"SpaceBeforeColon", with("Host : a\r\n"), 400},
                    Case{"NoColon", with("Host: a\r\nnonsense\r\n"), 400},
                    Case{"EmptyName", with("Host: a\r\n: x\r\n"), 400},
                    Case{"BadNameCharacter", with("Host: a\r\nX(y): 1\r\n"), 400},
                    Case{"NonAsciiName", with("Host: a\r\nX\xc3\xa9: 1\r\n"), 400},
                    Case{"NulInName", with("Host: a\r\nX\0: 1\r\n"s), 400},
                    Case{"NulInValue", with("Host: a\r\nX: a\0b\r\n"s), 400},
                    Case{"ControlInValue", with("Host: a\r\nX: a\x0b\r\n"), 400},
                    Case{"CarriageReturnInValue", with("Host: a\r\nX: a\rb\r\n"), 400},
                    Case{"LineFeedOnly", with("Host: a\nX: 1\r\n"), 400},
                    Case{"BadConnection", with("Host: a\r\nConnection: a b\r\n"), 400},
                    Case{"OtherExpectation", with("Host: a\r\nExpect: tea\r\n"), 417}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Framing, Refused,
    testing::Values(
        Case{"BothLengthAndChunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
             400},
        Case{"BothChunkedAndLength", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
             400},
        Case{"GzipThenLength", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400},
        Case{"LengthThenGzip", post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"), 400},
        Case{"UnknownCodingLast", post("Transfer-Encoding: xchunked\r\n"), 400},
        Case{"IdentityLast", post("Transfer-Encoding: chunked, identity\r\n"), 400},
        Case{"GzipAlone", post("Transfer-Encoding: gzip\r\n"), 400},
        Case{"IdentityAlone", post("Transfer-Encoding: identity\r\n"), 400},
        Case{"GzipThenChunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Case{"ChunkedTwice", post("Transfer-Encoding: chunked, chunked\r\n"), 400},
        Case{"ChunkedInTwoFields",
             post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"CodingsInTwoFields",
             post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"EmptyTransferEncoding", post("Transfer-Encoding: \r\n"), 400},
        Case{"VerticalTabChunked",
             post("Transfer-Encoding: \x0b"
                  "chunked\r\n"),
             400},
        Case{"ChunkedOnHttp10", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             400},
        Case{"LengthList", post("Content-Length: 5, 5\r\n", "hello"), 400},
        Case{"EqualLengthsTwice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        Case{"DifferentLengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
        Case{"SignedLength", post("Content-Length: +5\r\n", "hello"), 400},
        Case{"NegativeLength", post("Content-Length: -5\r\n"), 400},
        Case{"HexadecimalLength", post("Content-Length: 0x5\r\n", "hello"), 400},
        Case{"EmptyLength", post("Content-Length: \r\n"), 400},
        Case{"OverflowingLength", post("Content-Length: 18446744073709551621\r\n"), 400},
        Case{"HugeLength", post("Content-Length: 1048577\r\n"), 413}),
    case_name);

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

INSTANTIATE_TEST_SUITE_P(
    Chunks, Refused,
    testing::Values(Case{"NoSize", post(kChunked, "\r\nhello\r\n"), 400},
                    Case{"SignedSize", post(kChunked, "+5\r\nhello\r\n0\r\n\r\n"), 400},
                    Case{"PrefixedSize", post(kChunked, "0x5\r\nhello\r\n0\r\n\r\n"), 400},
                    Case{"SpaceAfterSize", post(kChunked, "5 \r\nhello\r\n0\r\n\r\n"), 400},
                    Case{"OverflowingSize", post(kChunked, "10000000000000005\r\nhello"), 400},
                    Case{"HugeSize", post(kChunked, "fffffffffffffffe\r\nhello"), 413},
                    Case{"DataTooLong", post(kChunked, "5\r\nhelloX\r\n0\r\n\r\n"), 400},
                    Case{"LineFeedAfterSize", post(kChunked, "5\nhello\r\n0\r\n\r\n"), 400},
                    Case{"LineFeedAfterData", post(kChunked, "5\r\nhello\n0\r\n\r\n"), 400},
                    Case{"LineFeedAtEnd", post(kChunked, "0\n\n"), 400},
                    Case{"ControlInExtension", post(kChunked, "5;a=\x01\r\nhello\r\n"), 400},
                    Case{"LineFeedInExtension", post(kChunked, "5;a\nhello\r\n0\r\n\r\n"), 400},
                    Case{"LongExtensions",
                         post(kChunked, "5;" + std::string(9000, 'x') + "\r\nhello\r\n"), 400},
                    Case{"LongTrailers",
                         post(kChunked, "0\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), 400},
                    Case{"TrailerWithoutColon", post(kChunked, "0\r\nnonsense\r\n\r\n"), 400},
                    Case{"FoldedTrailer", post(kChunked, "0\r\nX: 1\r\n 2\r\n\r\n"), 400}),
    case_name);

class Accepted : public Refused {};

TEST_P(Accepted, IsServedAndSoIsTheNextRequest) {
  ASSERT_TRUE(server.start());
  HttpClient client(server.port());
  client.send(GetParam().bytes);
  client.send(kNext);
  EXPECT_EQ(client.read_response().status, GetParam().status);
  EXPECT_EQ(client.read_response().body, "GET /smuggled ?\n");
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Accepted,
    testing::Values(Case{"Plain", target("/"), 200},
                    Case{"EmptyLineBefore", "\r\n" + target("/"), 200},
                    Case{"AbsoluteForm", target("http://a/x?y"), 200},
                    Case{"AbsoluteFormWithoutPath", target("HTTP://A"), 200},
                    Case{"AsteriskWithOptions", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200},
                    Case{"PercentEncoding", target("/%7Ea%2fb?%"), 200},
                    Case{"CharactersBrowsersSend", target("/a|b[c]{d}?x^y`z"), 200},
                    Case{"LongestTarget", target("/" + std::string(8 * 1024 - 1, 'a')), 200},
                    Case{"HostWithPort", with("Host: a.example:8080\r\n"), 200},
                    Case{"HostIsIpv6", with("Host: [::1]:80\r\n"), 200},
                    Case{"ValueWithTabsAndObsText", with("Host: a\r\nX: \t a\tb\xff \t\r\n"), 200},
                    Case{"NoSpaceAfterColon", with("Host:a\r\nX:\r\n"), 200},
                    Case{"ZeroLength", post("Content-Length: 0\r\n"), 200},
                    Case{"LengthWithZeros", post("Content-Length: 005\r\n", "hello"), 200},
                    Case{"BodyWithGet", with("Host: a\r\nContent-Length: 3\r\n") + "abc", 200},
                    Case{"ChunkedInCapitals",
                         post("Transfer-Encoding: Chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), 200},
                    Case{"Http10KeepAlive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                         200},
                    Case{"LargestBody",
                         post("Content-Length: 1048576\r\n", std::string(1024 * 1024, 'b')), 200}),
    case_name);

class Conformance : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.start()); }

  EchoApplication application;
  Server server{{.port = 0, .loops = 1}, application};
};

TEST_F(Conformance, ChunkedBodiesAreDecodedAndTheirExtensionsAndTrailersDropped) {
  HttpClient client(server.port());
  client.send(post(kChunked,
                   "5;a=\"b\"\r\nhello\r\n1 ;x\r\n,\r\n06\r\n world\r\n"
                   "0;end\r\nX-Trailer: 1\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_EQ(client.read_response().body, "POST /x ?\nhello, world");
}

TEST_F(Conformance, ABodyInPiecesIsPutTogether) {
  HttpClient client(server.port());
  const std::string body(100'000, 'x');
  client.send(post(fmt::format("Content-Length: {}\r\n", body.size()), body.substr(0, 10)));
  client.send(body.substr(10));
  client.send(kNext);
  EXPECT_EQ(client.read_response().body, "POST /x ?\n" + body);
  EXPECT_EQ(client.read_response().body, "GET /smuggled ?\n");
}

TEST_F(Conformance, PipelinedRequestsAreAnsweredInOrder) {
  HttpClient client(server.port());
  constexpr int kRequests = 500;
  std::string all;
  for (int i = 0; i < kRequests; ++i) all += target(fmt::format("/{}?q", i));
  client.send(all);
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(client.read_response().body, fmt::format("GET /{} ?q\n", i));
  }
}

TEST_F(Conformance, ARequestSentByteByByteIsServed) {
  HttpClient client(server.port());
  for (const char byte : post(kChunked, "3\r\nabc\r\n0\r\n\r\n")) client.send({&byte, 1});
  EXPECT_EQ(client.read_response().body, "POST /x ?\nabc");
}

TEST_F(Conformance, GarbageAfterARequestIsRefusedAfterItsAnswer) {
  HttpClient client(server.port());
  client.send(target("/a") + "\x01garbage");
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Conformance, Http10ConnectionsEndUnlessKeptAlive) {
  HttpClient once(server.port());
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.read_response().header("Connection"), "close");
  EXPECT_EQ(once.read_until_closed(), "");

  HttpClient kept(server.port());
  kept.send("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(kept.read_response().header("Connection"), "keep-alive");
  EXPECT_EQ(kept.get("/b").status, 200);
}

TEST_F(Conformance, ConnectionCloseIsHonoured) {
  HttpClient client(server.port());
  EXPECT_EQ(client.get("/a", "Connection: close\r\n").header("Connection"), "close");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Conformance, ContinueIsSentOnlyWhenTheBodyIsStillToCome) {
  HttpClient client(server.port());
  client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client.read_response().status, 100);
  client.send("hello");
  EXPECT_EQ(client.read_response().body, "POST /x ?\nhello");

  client.send(post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"));
  EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(Conformance, ContinueIsNotSentForABodyThatIsTooLarge) {
  HttpClient client(server.port());
  client.send(post("Expect: 100-continue\r\nContent-Length: 9000000\r\n"));
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(Conformance, AClientThatStillSendsReadsItsRefusal) {
  HttpClient client(server.port());
  client.send(post("Content-Length: 9000000\r\n"));
  client.send_until_closed(std::string(512 * 1024, 'x'));
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(Conformance, AHalfClosedClientGetsItsAnswers) {
  HttpClient client(server.port());
  client.send(target("/a") + target("/b"));
  client.shutdown_send();
  EXPECT_EQ(client.read_response().body, "GET /a ?\n");
  EXPECT_EQ(client.read_response().body, "GET /b ?\n");
  EXPECT_EQ(client.read_until_closed(), "");
}

}  // namespace
}  // namespace sovereign::http
