#include "core/audit/routes.hpp"

#include "json/read.hpp"
#include "json/write.hpp"
#include "support/audit_fixture.hpp"
#include "support/route_caller.hpp"

namespace sovereign::core {
namespace {

/// Keeps what a stream writes; refuses more after `writes`.
class KeptStream final : public http::StreamWriter {
 public:
  boost::asio::awaitable<bool> write(std::string_view bytes) override {
    text += bytes;
    co_return --writes > 0;
  }
  std::string text;
  int writes = 1000;
};

class AuditRoutesTest : public AuditFixture {
 protected:
  support::RouteCaller caller() {
    http::RouteTable table;
    routes_.add_to(table);
    return support::RouteCaller(std::move(table));
  }
  static json::Value body_of(const http::Response& response) {
    return json::parse(response.body.view()).value();
  }
  static std::vector<std::string> lines_of(const http::Response& response, int writes = 1000) {
    KeptStream stream;
    stream.writes = writes;
    boost::asio::io_context loop(1);
    boost::asio::co_spawn(loop, response.stream->run(stream), boost::asio::detached);
    loop.run();
    std::vector<std::string> lines;
    std::istringstream text(stream.text);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  AuditRoutes routes_{
      database_.get(), workers_, {.key = key_.public_key(), .checkpoint_file = checkpoint_file()}};
};

TEST_F(AuditRoutesTest, APageIsNewestFirstAndItsCursorLeadsOn) {
  add(5);
  const auto call = caller();
  const auto first = body_of(call.get("/api/v1/audit?limit=2"));
  EXPECT_EQ(first.at("events").at(0).at("sequence").as_int64(), 5);
  EXPECT_EQ(first.at("events").as_array().size(), 2U);
  EXPECT_EQ(first.at("next_cursor").as_int64(), 4);
  const auto rest = body_of(call.get("/api/v1/audit?limit=3&cursor=4"));
  EXPECT_EQ(rest.at("events").at(0).at("sequence").as_int64(), 3);
  EXPECT_EQ(rest.at("events").as_array().size(), 3U);
  EXPECT_FALSE(rest.as_object().contains("next_cursor"));
}

TEST_F(AuditRoutesTest, FiltersAreChecked) {
  add(1);
  const auto call = caller();
  EXPECT_EQ(body_of(call.get("/api/v1/audit?severity=info&subject_type=agent&subject_id=a.b1"))
                .at("events")
                .as_array()
                .size(),
            1U);
  EXPECT_EQ(
      body_of(call.get("/api/v1/audit?since=2040-01-01T00:00:00Z")).at("events").as_array().size(),
      0U);
  for (const char* query : {"severity=loud", "limit=501", "limit=0", "cursor=x", "since=yesterday",
                            "actor_type=robot"}) {
    EXPECT_EQ(call.get(std::string("/api/v1/audit?") + query).status, 422) << query;
  }
}

TEST_F(AuditRoutesTest, AnExportHoldsEveryRowOldestFirstWithItsHash) {
  add(1203);
  const auto response = caller().get("/api/v1/audit/export");
  ASSERT_NE(response.stream, nullptr);
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  add(1);
  const auto lines = lines_of(response);
  ASSERT_EQ(lines.size(), 1203U);
  EXPECT_EQ(json::parse(lines.front())->at("sequence").as_int64(), 1);
  EXPECT_EQ(json::parse(lines.back())->at("sequence").as_int64(), 1203);
  EXPECT_EQ(json::parse(lines.back())->at("hash").as_string().size(), 64U);
}

TEST_F(AuditRoutesTest, AnExportTakesFiltersAndEndsWithItsClient) {
  add(1203);
  const auto call = caller();
  EXPECT_EQ(lines_of(call.get("/api/v1/audit/export?subject_id=a.b700")).size(), 1U);
  EXPECT_EQ(lines_of(call.get("/api/v1/audit/export"), 1).size(), 500U);
}

TEST_F(AuditRoutesTest, VerifyingNamesTheFirstBrokenRow) {
  add(4);
  EXPECT_TRUE(body_of(caller()({.method = http::Method::post, .target = "/api/v1/audit/verify"}))
                  .at("intact")
                  .as_bool());
  tamper("UPDATE audit_events SET actor_id = 'nobody' WHERE sequence = 3");
  AuditRoutes routes(database_.get(), workers_,
                     {.key = key_.public_key(), .checkpoint_file = checkpoint_file()});
  http::RouteTable table;
  routes.add_to(table);
  const auto verified = body_of(support::RouteCaller(std::move(table))(
      {.method = http::Method::post, .target = "/api/v1/audit/verify"}));
  EXPECT_FALSE(verified.at("intact").as_bool());
  EXPECT_EQ(verified.at("fault").at("sequence").as_int64(), 3);
}

TEST_F(AuditRoutesTest, OnlyTheOperatorMayCallThem) {
  const auto call = caller();
  ASSERT_EQ(call.routes().size(), 3U);
  for (const auto& route : call.routes()) EXPECT_EQ(route.access, http::Access::admin);
}

}  // namespace
}  // namespace sovereign::core
