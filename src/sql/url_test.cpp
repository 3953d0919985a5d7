#include "sql/url.hpp"

#include <gtest/gtest.h>

#include "sql/database.hpp"

namespace sovereign::sql {
namespace {

std::string sqlite_path(std::string_view url) {
  const auto address = parse_database_url(url);
  if (!address) return "refused";
  const auto* sqlite = std::get_if<SqliteAddress>(&*address);
  return sqlite ? sqlite->path : "not sqlite";
}

TEST(DatabaseUrl, ReadsAbsoluteRelativeAndEscapedSqlitePaths) {
  EXPECT_EQ(sqlite_path("sqlite:///var/lib/a.db"), "/var/lib/a.db");
  EXPECT_EQ(sqlite_path("sqlite:/var/lib/a.db"), "/var/lib/a.db");
  EXPECT_EQ(sqlite_path("sqlite:data/a.db"), "data/a.db");
  EXPECT_EQ(sqlite_path("sqlite:///my%20data/100%25.db"), "/my data/100%.db");
}

TEST(DatabaseUrl, RefusesSqliteUrlsThatNameNoFile) {
  for (const char* url : {"sqlite:", "sqlite://", "sqlite:///", "sqlite://host/a.db",
                          "sqlite::memory:", "sqlite:///dir/", "sqlite:///a.db?mode=ro",
                          "sqlite:///a%zz", "sqlite:///a%00b"}) {
    EXPECT_EQ(sqlite_path(url), "refused") << url;
  }
}

TEST(DatabaseUrl, LeavesPostgresUrlsToLibpq) {
  for (const char* url :
       {"postgresql://u@h/db", "postgres:///db?host=/run", "host=/run dbname=db"}) {
    const auto address = parse_database_url(url);
    ASSERT_TRUE(address) << url;
    EXPECT_EQ(std::get<PostgresAddress>(*address).conninfo, url);
  }
}

TEST(DatabaseUrl, RefusesOtherSchemesWithoutQuotingThem) {
  for (const char* url : {"", "mysql://u:secret@h/db", "/var/lib/a.db", "postgresql:db"}) {
    const auto address = parse_database_url(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, ErrorCode::malformed);
    EXPECT_EQ((address.error().detail + address.error().context).find("secret"), std::string::npos);
  }
}

struct MaskCase {
  const char* url;
  const char* masked;
};

TEST(MaskPassword, HidesPasswordsAndNothingElse) {
  const MaskCase cases[] = {
      {"sqlite:///var/lib/a.db", "sqlite:///var/lib/a.db"},
      {"sqlite:a.db", "sqlite:a.db"},
      {"postgresql://host:5432/db", "postgresql://host:5432/db"},
      {"postgresql://user@host/db", "postgresql://user@host/db"},
      {"postgresql://user:pw@host:5432/db?sslmode=require",
       "postgresql://user:***@host:5432/db?sslmode=require"},
      {"postgresql://user:@host/db", "postgresql://user:***@host/db"},
      {"redis://:pw@host/0", "redis://:***@host/0"},
      {"postgresql:///db?host=/run&password=pw&user=u",
       "postgresql:///db?host=/run&password=***&user=u"},
      {"postgresql:///db?user=u&sslpassword=pw", "postgresql:///db?user=u&sslpassword=***"},
      {"postgresql:///db?pass%77ord=pw", "postgresql:///db?pass%77ord=***"},
      {"host=/run password=pw dbname=d", "host=/run password=*** dbname=d"},
      {"host=/run password = 'p w\\' x' dbname=d", "host=/run password = *** dbname=d"},
      {"password=p\\ w user=u", "password=*** user=u"},
  };
  for (const auto& [url, masked] : cases) EXPECT_EQ(mask_password(url), masked);
}

TEST(MaskPassword, HidesPasswordsWithUnescapedDelimiters) {
  for (const char* url : {"postgresql://u:se/cret@h/db", "postgresql://u:se@cret@h/db",
                          "postgresql://u:se?cret@h/db", "postgresql://u:se#cret@h/db",
                          "postgresql://u:a:secret@h/db", "host=h password='unclosed secret"}) {
    EXPECT_EQ(mask_password(url).find("cret"), std::string::npos) << mask_password(url);
  }
}

}  // namespace
}  // namespace sovereign::sql
