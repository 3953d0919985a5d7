#include "registry/migrations.hpp"

namespace sovereign::registry {
namespace {

constexpr char kInitial[] = {
#embed "../../db/registry/0001_initial.sql"
};

constexpr char kPeers[] = {
#embed "../../db/registry/0002_peers.sql"
};

constexpr char kCompat[] = {
#embed "../../db/registry/0003_compat.sql"
};

constexpr char kArtifacts[] = {
#embed "../../db/registry/0004_artifacts.sql"
};

constexpr char kFeed[] = {
#embed "../../db/registry/0005_feed.sql"
};

constexpr sql::Migration kMigrations[] = {
    {.number = 1, .name = "initial", .sql = {kInitial, sizeof kInitial}},
    {.number = 2, .name = "peers", .sql = {kPeers, sizeof kPeers}},
    {.number = 3, .name = "compat", .sql = {kCompat, sizeof kCompat}},
    {.number = 4, .name = "artifacts", .sql = {kArtifacts, sizeof kArtifacts}},
    {.number = 5, .name = "feed", .sql = {kFeed, sizeof kFeed}},
};

}  // namespace

std::span<const sql::Migration> migrations() { return kMigrations; }

}  // namespace sovereign::registry
