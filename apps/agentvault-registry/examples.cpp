#include "examples.hpp"

#include <string>
#include <string_view>

#include "async/block_on.hpp"
#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "registry/agents/import.hpp"
#include "registry/agents/import_account.hpp"
#include "store_access.hpp"

namespace sovereign::registry_app {
namespace {

constexpr char kExamples[] = {
#embed "data/examples.jsonl"
};

constexpr sql::Statement kAnyAgent{"examples.any_agent", "SELECT id FROM agents LIMIT 1"};

}  // namespace

Result<void> add_examples(const Settings& settings) {
  auto database = open_store(settings);
  if (!database) return Failure(database.error());
  const auto any = async::block_on((*database)->read({kAnyAgent, {}}));
  if (!any) return Failure(any.error());
  if (!any->rows.empty()) return {};
  const base::SystemClock clock;
  crypto::SystemRandom random;
  const auto owner = async::block_on(registry::ensure_import_account(**database, clock));
  if (!owner) return Failure(owner.error());
  auto session = registry::ImportSession::open(**database, clock, random, {.owner = *owner});
  if (!session) return Failure(session.error());
  for (std::string_view text(kExamples, sizeof kExamples); !text.empty();) {
    const auto line = text.substr(0, text.find('\n'));
    if (auto added = async::block_on(session->add(std::string(line))); !added) return added;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  const auto done = async::block_on(session->finish());
  if (!done) return Failure(done.error());
  return {};
}

}  // namespace sovereign::registry_app
