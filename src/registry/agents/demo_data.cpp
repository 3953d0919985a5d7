#include "registry/agents/demo_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "json/write.hpp"
#include "registry/agents/demo_words.hpp"

namespace sovereign::registry {
namespace {

using demo_words::Domain;

constexpr std::size_t kAgentsPerPublisher = 20;
/// 2024-01-01T00:00:00Z; agents are created over two years from there.
constexpr Timestamp kFirstDay{std::chrono::seconds{1'704'067'200}};
constexpr std::uint64_t kDays = 730;

/// SplitMix64: small, and the same everywhere (the standard's distributions are not).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  bool chance(unsigned percent) { return below(100) < percent; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Zipf's law with exponent one, by the inverse of its continuous form: rank r about 1/r.
  std::size_t zipf(std::size_t bound) {
    const auto rank = std::exp(unit() * std::log(static_cast<double>(bound) + 1.0)) - 1.0;
    return std::min(static_cast<std::size_t>(rank), bound - 1);
  }

  template <typename T, std::size_t N>
  const T& of(const std::array<T, N>& items) {
    return items[below(N)];
  }
  std::string_view of(std::span<const std::string_view> items) {
    return items[below(items.size())];
  }

 private:
  std::uint64_t state_;
};

/// Some words of `items`, the first ones most often, each once.
std::vector<std::string> draw(Dice& dice, std::span<const std::string_view> items,
                              std::size_t wanted) {
  std::vector<std::string> drawn;
  for (std::size_t tries = 0; tries < wanted * 2 && drawn.size() < wanted; ++tries) {
    std::string word(items[dice.zipf(items.size())]);
    if (std::ranges::find(drawn, word) == drawn.end()) drawn.push_back(std::move(word));
  }
  return drawn;
}

/// Word lists alone hold a few hundred tags; real registries have a long tail of rare ones.
void add_rare_tag(Dice& dice, std::vector<std::string>& tags) {
  if (!dice.chance(30)) return;
  tags.push_back(
      fmt::format("{}-{}", dice.of(demo_words::kQualifiers), dice.of(demo_words::kRareThings)));
}

std::string slug_of(std::string_view name) {
  std::string slug = base::to_lower_ascii(name);
  std::ranges::replace(slug, ' ', '-');
  return slug;
}

std::string sentence(Dice& dice, const Domain& domain) {
  switch (dice.below(4)) {
    case 0:
      return fmt::format("{} {} {} for {}.", dice.of(demo_words::kOpenings),
                         dice.of(domain.actions), dice.of(domain.objects),
                         dice.of(demo_words::kAudiences));
    case 1:
      return fmt::format("It {} {} and {} {}, {}.", dice.of(demo_words::kVerbs),
                         dice.of(domain.objects), dice.of(demo_words::kVerbs),
                         dice.of(domain.objects), dice.of(demo_words::kManners));
    case 2:
      return fmt::format("Works with {} and {}, and answers in {}.", dice.of(demo_words::kSystems),
                         dice.of(demo_words::kSystems), dice.of(demo_words::kLanguages));
    default:
      return fmt::format("{} {} without {}.", dice.of(demo_words::kPromises),
                         dice.of(domain.objects), dice.of(demo_words::kTroubles));
  }
}

std::string description(Dice& dice, const Domain& domain) {
  std::string text =
      fmt::format("{} that {} {} for {}.", dice.of(demo_words::kKinds), dice.of(demo_words::kVerbs),
                  dice.of(domain.objects), dice.of(demo_words::kAudiences));
  for (std::size_t more = 1 + dice.below(4); more > 0; --more) {
    text += ' ';
    text += sentence(dice, domain);
  }
  return text;
}

struct Publisher {
  std::string name;
  std::string host;
};

Publisher publisher(std::uint64_t seed, std::size_t number) {
  Dice dice(seed ^ (0xb0b5U + number * 0x9e3779b9U));
  auto name = fmt::format("{}{}{}", dice.of(demo_words::kPublisherStarts),
                          dice.of(demo_words::kPublisherEnds), number);
  auto host = fmt::format("{}{}", name, dice.of(demo_words::kTopDomains));
  return {std::move(name), std::move(host)};
}

/// Names the members of a line; see AgentRegistration.
class Line {
 public:
  template <typename T>
  Line& put(std::string_view name, const T& value) {
    start(name);
    json::write(text_, value);
    return *this;
  }
  Line& put_raw(std::string_view name, std::string_view value) {
    start(name);
    text_ += value;
    return *this;
  }
  std::string end() { return std::move(text_ += '}'); }

 private:
  void start(std::string_view name) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
  }
  std::string text_;
};

std::string skills(Dice& dice, const Domain& domain, const std::vector<std::string>& tags) {
  std::string text = "[";
  for (std::size_t count = 1 + dice.below(2); count > 0; --count) {
    if (text.size() > 1) text += ',';
    const auto action = dice.of(domain.actions);
    text += Line()
                .put("id", slug_of(action))
                .put("name", fmt::format("{} {}", action, dice.of(domain.objects)))
                .put("description", sentence(dice, domain))
                .put("tags", tags)
                .end();
  }
  return text += ']';
}

struct Identity {
  std::string name;
  std::string slug;
  std::string url;
  std::string description;
  std::string version;
};

std::string card(Dice& dice, const Domain& domain, const Identity& agent, const Publisher& owner,
                 const std::vector<std::string>& tags) {
  return Line()
      .put_raw("schemaVersion", "\"1.0\"")
      .put("name", agent.name)
      .put("description", sentence(dice, domain))
      .put("url", agent.url)
      .put("version", agent.version)
      .put_raw("capabilities", dice.chance(50) ? R"({"streaming":true,"pushNotifications":false})"
                                               : R"({"streaming":false,"pushNotifications":false})")
      .put_raw("defaultInputModes", R"(["text/plain","application/json"])")
      .put_raw("defaultOutputModes", R"(["text/plain"])")
      .put_raw("provider",
               Line().put("organization", owner.name).put("url", "https://" + owner.host).end())
      .put_raw("skills", skills(dice, domain, tags))
      .end();
}

Identity identity(Dice& dice, const Domain& domain, const Publisher& owner, std::size_t number) {
  Identity agent;
  agent.name = fmt::format("{} {} {}", dice.of(demo_words::kNameStarts), dice.of(domain.titles),
                           dice.of(demo_words::kNameEnds));
  agent.slug = fmt::format("{}/{}-{}", owner.name, slug_of(agent.name), number);
  agent.url = fmt::format("https://{}/agents/{}", owner.host, slug_of(agent.name));
  agent.description = description(dice, domain);
  agent.version = fmt::format("{}.{}.{}", dice.below(4), dice.below(20), dice.below(30));
  return agent;
}

std::string pricing(Dice& dice) {
  if (dice.chance(30)) return R"({"model":"free","base_price":0,"currency":"AVT"})";
  return fmt::format(R"({{"model":"{}","base_price":{}.{:03},"currency":"AVT"}})",
                     dice.chance(70) ? "usage-based" : "subscription", dice.zipf(50),
                     dice.below(1000));
}

std::string demo_line(const DemoOptions& options, std::size_t number) {
  Dice dice(options.seed * 0x2545f4914f6cdd1dU + number);
  const auto& domain = demo_words::kDomains[dice.zipf(demo_words::kDomains.size())];
  const auto owner = publisher(options.seed, dice.zipf(options.count / kAgentsPerPublisher + 1));
  const auto agent = identity(dice, domain, owner, number);
  auto tags = draw(dice, domain.tags, 2 + dice.below(3));
  add_rare_tag(dice, tags);
  auto capabilities = draw(dice, domain.capabilities, 1 + dice.below(3));
  for (auto& extra : draw(dice, demo_words::kCommonCapabilities, dice.below(3))) {
    capabilities.push_back(std::move(extra));
  }
  const auto created = kFirstDay + std::chrono::hours(dice.below(kDays * 24)) +
                       std::chrono::seconds(dice.below(3600));
  Line line;
  line.put("name", agent.name)
      .put("agent_type", dice.of(demo_words::kTypes))
      .put("description", agent.description)
      .put("api_endpoints", std::vector<std::string>{agent.url})
      .put("capabilities", capabilities)
      .put("tags", tags)
      .put("humanReadableId", agent.slug)
      .put_raw("status", dice.chance(97) ? "\"active\"" : "\"deprecated\"");
  if (dice.chance(60)) line.put_raw("pricing", pricing(dice));
  line.put_raw("metadata", Line()
                               .put("version", agent.version)
                               .put("documentation", "https://docs." + owner.host)
                               .end());
  if (dice.chance(85)) line.put_raw("card", card(dice, domain, agent, owner, tags));
  return line.put("developer", owner.name)
      .put("developer_email", "agents@" + owner.host)
      .put("created_at", Timestamp{created})
      .put("updated_at", Timestamp{created + std::chrono::hours(dice.below(2000))})
      .end();
}

}  // namespace

void generate_demo(const DemoOptions& options,
                   const std::function<void(std::string_view line)>& write) {
  for (std::size_t number = 1; number <= options.count; ++number) write(demo_line(options, number));
}

}  // namespace sovereign::registry
