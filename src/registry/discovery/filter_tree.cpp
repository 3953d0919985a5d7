#include "registry/discovery/filter_tree.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "json/read.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {
namespace {

using index_fields::keyword::agent_type;
using index_fields::keyword::capabilities;
using index_fields::keyword::developer;
using index_fields::keyword::tags;
using index_fields::keyword::verified;

struct FieldName {
  std::string_view name;
  std::size_t field;
};

constexpr std::array kKeywords = {FieldName{"capabilities", capabilities}, FieldName{"tags", tags},
                                  FieldName{"agent_type", agent_type},
                                  FieldName{"developer", developer},
                                  FieldName{"verified", verified}};
constexpr std::array kNumbers = {FieldName{"price", index_fields::number::price},
                                 FieldName{"created_at", index_fields::number::created_at},
                                 FieldName{"updated_at", index_fields::number::updated_at}};

template <std::size_t N>
std::optional<std::size_t> field_of(const std::array<FieldName, N>& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.name == name) return field.field;
  }
  return std::nullopt;
}

class TreeReader {
 public:
  TreeReader() { reader_.enter("filters"); }

  search::Filter node(const json::Value& value, std::size_t depth) {
    const json::Object* object = json::expect_object(reader_, value);
    if (object == nullptr || !within_limits(depth)) return {};
    if (const auto* all = object->if_contains("all"); all != nullptr && object->size() == 1) {
      return {search::AllOf{members("all", *all, depth)}};
    }
    if (const auto* any = object->if_contains("any"); any != nullptr && object->size() == 1) {
      return {search::AnyOf{members("any", *any, depth)}};
    }
    if (const auto* negated = object->if_contains("not"); negated && object->size() == 1) {
      reader_.enter("not");
      search::NoneOf none{{node(*negated, depth + 1)}};
      reader_.leave();
      return {std::move(none)};
    }
    return leaf(*object);
  }

  json::Reader& reader() { return reader_; }

 private:
  bool within_limits(std::size_t depth) {
    if (depth <= limits::kFilterDepth && ++nodes_ <= limits::kFilterNodes) return true;
    reader_.problem("too_large", fmt::format("A filter may have {} nodes, nested {} deep.",
                                             limits::kFilterNodes, limits::kFilterDepth));
    return false;
  }

  std::vector<search::Filter> members(std::string_view name, const json::Value& value,
                                      std::size_t depth) {
    std::vector<search::Filter> filters;
    reader_.enter(name);
    const auto* array = json::expect_array(reader_, value, {.max_items = limits::kFilterNodes});
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      reader_.enter(i);
      filters.push_back(node((*array)[i], depth + 1));
      reader_.leave();
    }
    reader_.leave();
    return filters;
  }

  search::Filter leaf(const json::Object& object) {
    const auto* name = object.if_contains("field");
    if (name == nullptr || !name->is_string()) {
      reader_.problem("shape",
                      "This must be one of all, any, not, or a field with value or range.");
      return {};
    }
    const std::string_view field(name->get_string().data(), name->get_string().size());
    if (const auto keyword = field_of(kKeywords, field)) return term(object, *keyword);
    if (const auto number = field_of(kNumbers, field)) return range(object, *number);
    reader_.enter("field");
    reader_.problem("not_allowed",
                    "This must be one of: capabilities, tags, agent_type, developer, verified, "
                    "price, created_at, updated_at.");
    reader_.leave();
    return {};
  }

  search::Filter term(const json::Object& object, std::size_t field) {
    static constexpr std::array<std::string_view, 2> kKnown = {"field", "value"};
    json::refuse_unknown(reader_, object, kKnown);
    const auto* value = object.if_contains("value");
    search::HasTerm term{field, {}};
    reader_.enter("value");
    if (value == nullptr) {
      reader_.problem("required", "This member is required.");
    } else if (field == verified && value->is_bool()) {
      term.value = value->get_bool() ? "true" : "false";
    } else {
      json::read_into(reader_, *value, {.min_length = 1, .max_length = 255}, term.value);
    }
    reader_.leave();
    return {std::move(term)};
  }

  search::Filter range(const json::Object& object, std::size_t field) {
    static constexpr std::array<std::string_view, 3> kKnown = {"field", "min", "max"};
    json::refuse_unknown(reader_, object, kKnown);
    search::InRange range{.field = field};
    const bool has_min = bound(object, "min", field, range.min);
    const bool has_max = bound(object, "max", field, range.max);
    if (!has_min && !has_max) reader_.problem("required", "A range needs min, max or both.");
    return {range};
  }

  /// Times are given as RFC 3339 and kept as microseconds.
  bool bound(const json::Object& object, std::string_view name, std::size_t field, double& out) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) return false;
    reader_.enter(name);
    if (field == index_fields::number::price) {
      json::read_into(reader_, *value, {}, out);
    } else {
      Timestamp time{};
      json::read_into(reader_, *value, {}, time);
      out = static_cast<double>(time.time_since_epoch().count());
    }
    reader_.leave();
    return true;
  }

  json::Reader reader_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<search::Filter> read_filter_tree(const json::Value& tree) {
  TreeReader reader;
  auto filter = reader.node(tree, 1);
  if (!reader.reader().errors().empty()) return json::to_failure(reader.reader());
  return filter;
}

}  // namespace sovereign::registry
