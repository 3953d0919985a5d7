#include "http/router.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "base/encoding.hpp"

namespace sovereign::http {
namespace {

std::string_view without_trailing_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// Takes the segment before the next slash off `rest`, which begins with a slash.
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = std::min(rest.find('/'), rest.size());
  const auto segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

bool decode_parameter(std::string_view segment, PathParameters& parameters) {
  if (segment.empty() || parameters.count == PathParameters::kMax) return false;
  auto decoded = base::percent_decode(segment);
  if (!decoded || decoded->find('\0') != std::string::npos || !base::is_utf8(*decoded))
    return false;
  parameters.values[parameters.count++] = std::move(*decoded);
  return true;
}

[[noreturn]] void refuse_table(const Route& route) {
  fmt::print(stderr, "route table: {} {} is there twice\n", to_string(route.method), route.path);
  std::abort();
}

}  // namespace

Router::Router(RouteTable routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) insert(route);
}

void Router::insert(const Route& route) {
  Node* node = &root_;
  bool literal = true;
  for (auto rest = without_trailing_slash(route.path); !rest.empty();) {
    const auto segment = take_segment(rest);
    if (segment.starts_with('{')) {
      literal = false;
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
      node->takes_rest = segment.ends_with("*}");
    } else {
      auto& child = node->literals[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
  }
  const Route*& row = node->rows[static_cast<std::size_t>(route.method)];
  if (row != nullptr) refuse_table(route);
  row = &route;
  if (literal) literal_paths_.emplace(without_trailing_slash(route.path), node);
}

const Router::Node* Router::find(const Node& node, std::string_view rest,
                                 PathParameters& parameters) const {
  if (rest.empty()) return &node;
  const auto whole = rest.substr(1);
  const auto segment = take_segment(rest);
  if (const auto child = node.literals.find(segment); child != node.literals.end()) {
    const auto before = parameters.count;
    if (const Node* found = find(*child->second, rest, parameters)) return found;
    parameters.count = before;
  }
  if (!node.parameter) return nullptr;
  const bool takes_rest = node.parameter->takes_rest;
  if (!decode_parameter(takes_rest ? whole : segment, parameters)) return nullptr;
  return takes_rest ? node.parameter.get() : find(*node.parameter, rest, parameters);
}

Match Router::match(Method method, std::string_view path, PathParameters& parameters) const {
  path = without_trailing_slash(path);
  parameters.count = 0;
  const auto literal = literal_paths_.find(path);
  const Node* node = literal != literal_paths_.end() ? literal->second
                     : path.starts_with('/')         ? find(root_, path, parameters)
                                                     : nullptr;
  if (node == nullptr) return NoSuchPath{};
  const auto row_of = [node](Method wanted) {
    return node->rows[static_cast<std::size_t>(wanted)];
  };
  const Route* row = row_of(method);
  if (row == nullptr && method == Method::head) row = row_of(Method::get);
  if (row != nullptr) return row;
  std::string allow;
  for (std::size_t i = 0; i < kMethodCount; ++i) {
    if (node->rows[i] == nullptr) continue;
    const auto name = to_string(static_cast<Method>(i));
    allow += fmt::format("{}{}", allow.empty() ? "" : ", ", name);
    if (name == "GET") allow += ", HEAD";
  }
  if (allow.empty()) return NoSuchPath{};
  return OtherMethods{allow + ", OPTIONS"};
}

}  // namespace sovereign::http
