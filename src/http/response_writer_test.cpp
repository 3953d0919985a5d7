#include "http/response_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

using testing::HasSubstr;
using testing::Not;

class ResponseWriterTest : public testing::Test {
 protected:
  const RenderedResponse& render(const Response& response, std::vector<Header> headers = {}) {
    headers_ = std::move(headers);
    request_.headers = headers_;
    writer_.render(request_, response, Persistence::implied, out_);
    return out_;
  }

  std::vector<Header> headers_;
  Request request_;
  ResponseWriter writer_{{.compress_from = 100}};
  RenderedResponse out_;
};

const std::vector<Header> kGzip = {{"accept-encoding", "gzip"}};

Response json(std::size_t bytes) { return {.body = std::string(bytes, 'j'), .etag = "\"v\""}; }

TEST_F(ResponseWriterTest, CompressesFromItsThresholdOnAndTellsCaches) {
  EXPECT_THAT(render(json(100), kGzip).head, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(out_.head, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(out_.head, HasSubstr("ETag: \"v-gzip\"\r\n"));
  EXPECT_THAT(render(json(99), kGzip).head, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(out_.head, HasSubstr("ETag: \"v\"\r\n"));
  EXPECT_THAT(render(json(100)).head, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(out_.head, HasSubstr("Vary: Accept-Encoding\r\n"));
}

TEST_F(ResponseWriterTest, CompressesShortBodiesForWhoRefusesThePlainForm) {
  const auto& out = render(json(10), {{"Accept-Encoding", "gzip, identity;q=0"}});
  EXPECT_THAT(out.head, HasSubstr("Content-Encoding: gzip\r\n"));
}

TEST_F(ResponseWriterTest, LeavesAloneWhatDoesNotShrinkOrIsCompressedAlready) {
  auto image = json(1000);
  image.content_type = "image/png";
  EXPECT_THAT(render(image, kGzip).head, Not(HasSubstr("Vary")));
  EXPECT_EQ(out_.body, image.body.view());
  auto packed = json(1000);
  packed.headers.push_back({"Content-Encoding", "br"});
  EXPECT_THAT(render(packed, kGzip).head, Not(HasSubstr("gzip")));
  std::string noise(128, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * 167 % 251);
  EXPECT_THAT(render({.body = noise}, kGzip).head, Not(HasSubstr("Content-Encoding")));
}

TEST_F(ResponseWriterTest, SharedBytesAreNotCopied) {
  const std::string owned(50, 's');
  const Response response{.body = SharedBytes{nullptr, owned}};
  EXPECT_EQ(render(response).body.data(), owned.data());
}

TEST_F(ResponseWriterTest, NotModifiedConfirmsTheTagThatTheClientHolds) {
  const Response response{.status = 304, .etag = "\"v\""};
  EXPECT_THAT(render(response, {{"If-None-Match", "\"v\""}}).head, HasSubstr("ETag: \"v\"\r\n"));
  EXPECT_THAT(render(response, {{"If-None-Match", "\"v-gzip\""}}).head,
              HasSubstr("ETag: \"v-gzip\"\r\n"));
  EXPECT_THAT(out_.head, HasSubstr("Vary: Accept-Encoding\r\n"));
}

TEST_F(ResponseWriterTest, PersistenceIsSaidWhereItIsNotImplied) {
  const Response response;
  EXPECT_THAT(render(response).head, Not(HasSubstr("Connection")));
  writer_.render(request_, response, Persistence::close, out_);
  EXPECT_THAT(out_.head, HasSubstr("Connection: close\r\n"));
  writer_.render(request_, response, Persistence::keep_alive, out_);
  EXPECT_THAT(out_.head, HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(ResponseWriterTest, AnEmptyBodyHasALengthAndNoType) {
  EXPECT_THAT(render({}).head, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(out_.head, Not(HasSubstr("Content-Type")));
}

TEST(HttpDate, IsTheFixedFormOfRfc9110) {
  const auto text = format_http_date(784111777);
  EXPECT_EQ(std::string_view(text.data(), text.size()), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace sovereign::http
