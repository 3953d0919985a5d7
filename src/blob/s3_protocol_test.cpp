#include "blob/s3_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::blob {
namespace {

using testing::HasSubstr;

const S3Location kPath{.endpoint = "http://127.0.0.1:9000", .bucket = "agents"};
const S3Location kVirtual{.endpoint = "https://s3.example.com",
                          .bucket = "agents",
                          .addressing = S3Addressing::virtual_host};

TEST(S3Url, HasTheBucketInThePathOrBeforeTheHost) {
  EXPECT_EQ(s3_url(kPath, "a/b"), "http://127.0.0.1:9000/agents/a/b");
  EXPECT_EQ(s3_url(kVirtual, "a/b"), "https://agents.s3.example.com/a/b");
  EXPECT_EQ(s3_url(kVirtual, "a", "uploads="), "https://agents.s3.example.com/a?uploads=");
}

TEST(S3Location, MustNameAnEndpointAndABucket) {
  EXPECT_TRUE(check_s3_location(kPath));
  EXPECT_TRUE(check_s3_location(kVirtual));
  for (const auto* endpoint : {"", "s3.example.com", "ftp://a", "https://", "https://a/path",
                               "https://user@a", "https://a?b", "https://a b"}) {
    const auto checked = check_s3_location({.endpoint = endpoint, .bucket = "agents"});
    ASSERT_FALSE(checked) << endpoint;
    EXPECT_THAT(checked.error().detail, HasSubstr("s3.endpoint"));
  }
  for (const auto* bucket : {"", "ab", "Agents", "a/b", "a_b_c"}) {
    EXPECT_FALSE(check_s3_location({.endpoint = "https://a", .bucket = bucket})) << bucket;
  }
}

TEST(S3Xml, GivesAnElementsText) {
  EXPECT_EQ(xml_text("<A><Code>NoSuchKey</Code></A>", "Code"), "NoSuchKey");
  EXPECT_EQ(xml_text("<ETag>&quot;a&amp;b&quot;&lt;</ETag>", "ETag"), "\"a&b\"<");
  EXPECT_EQ(xml_text("<A></A>", "Code"), "");
  EXPECT_EQ(xml_text("<Code>cut", "Code"), "");
  EXPECT_EQ(xml_text("", "Code"), "");
}

TEST(S3Completion, ListsThePartsInOrder) {
  const std::vector<std::string> tags = {"\"a\"", "\"b\""};
  EXPECT_EQ(completion_of(tags),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>\"b\"</ETag></Part></CompleteMultipartUpload>");
}

Error error_for(int status, std::string_view code) {
  return error_of(read_refusal(status, fmt::format("<Error><Code>{}</Code></Error>", code)), kPath);
}

TEST(S3Error, TellsTheOperatorWhatToLookAtAndTheClientToComeBack) {
  const std::pair<const char*, const char*> cases[] = {
      {"InvalidAccessKeyId", "s3.access_key_id"},
      {"SignatureDoesNotMatch", "s3.secret_access_key"},
      {"AuthorizationHeaderMalformed", "s3.region"},
      {"RequestTimeTooSkewed", "clock"},
      {"AccessDenied", "may not do this"}};
  for (const auto& [code, advice] : cases) {
    const auto error = error_for(403, code);
    EXPECT_EQ(error.code, ErrorCode::unavailable) << code;
    EXPECT_THAT(error.context, HasSubstr(advice));
    EXPECT_THAT(error.detail, testing::Not(HasSubstr(code)));
    EXPECT_TRUE(error.retry_after);
  }
  EXPECT_THAT(error_for(404, "NoSuchBucket").context, HasSubstr("s3.bucket"));
  EXPECT_EQ(error_for(404, "NoSuchBucket").code, ErrorCode::unavailable);
  EXPECT_THAT(error_for(403, "").context, HasSubstr("may not do this"));
}

TEST(S3Error, AMissingObjectABadRangeAndADamagedBodyAreNoOutage) {
  EXPECT_EQ(error_for(404, "NoSuchKey").code, ErrorCode::not_found);
  EXPECT_EQ(error_for(404, "").code, ErrorCode::not_found);
  EXPECT_EQ(error_for(416, "InvalidRange").code, ErrorCode::unprocessable);
  EXPECT_EQ(error_for(400, "XAmzContentSHA256Mismatch").code, ErrorCode::internal);
  EXPECT_EQ(error_for(400, "BadDigest").code, ErrorCode::internal);
}

TEST(S3Error, TryingAgainHelpsOnlyWhenTheStoreIsInTrouble) {
  for (const int status : {429, 500, 502, 503, 504}) {
    EXPECT_TRUE(may_succeed_later({.status = status, .code = "", .message = ""})) << status;
  }
  EXPECT_TRUE(may_succeed_later({.status = 400, .code = "RequestTimeout", .message = ""}));
  EXPECT_FALSE(may_succeed_later({.status = 403, .code = "SignatureDoesNotMatch", .message = ""}));
  EXPECT_FALSE(may_succeed_later({.status = 404, .code = "NoSuchKey", .message = ""}));
}

}  // namespace
}  // namespace sovereign::blob
