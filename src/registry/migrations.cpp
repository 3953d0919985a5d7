#include "registry/migrations.hpp"

namespace sovereign::registry {
namespace {

constexpr char kInitial[] = {
#embed "../../db/registry/0001_initial.sql"
};

constexpr char kFeed[] = {
#embed "../../db/registry/0007_feed.sql"
};

constexpr sql::Migration kMigrations[] = {
    {.number = 1, .name = "initial", .sql = {kInitial, sizeof kInitial}},
    {.number = 2, .name = "feed", .sql = {kFeed, sizeof kFeed}},
};

}  // namespace

std::span<const sql::Migration> migrations() { return kMigrations; }

}  // namespace sovereign::registry
