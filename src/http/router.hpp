// Finds the row for a method and a path. Paths are matched as sent: a percent-encoded slash does
// not split a segment, and a trailing slash makes no difference.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "http/request.hpp"
#include "http/route.hpp"

namespace sovereign::http {

/// No row has this path.
struct NoSuchPath {};
/// The path exists, with other methods: the value of Allow.
struct OtherMethods {
  std::string allow;
};

using Match = std::variant<const Route*, NoSuchPath, OtherMethods>;

class Router {
 public:
  /// Takes the table; two rows of one method and path are our bug and end the program. A literal
  /// segment wins over a parameter. "{name*}" as last segment takes the rest of the path.
  explicit Router(RouteTable routes);

  /// HEAD finds GET rows. Fills `parameters` with decoded segments; one that does not decode to
  /// UTF-8 without NUL is NoSuchPath.
  Match match(Method method, std::string_view path, PathParameters& parameters) const;

  const RouteTable& routes() const { return routes_; }

 private:
  /// Lets a segment be looked up where it stands.
  struct SegmentHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view segment) const {
      return std::hash<std::string_view>{}(segment);
    }
  };
  struct Node {
    std::unordered_map<std::string, std::unique_ptr<Node>, SegmentHash, std::equal_to<>> literals;
    std::unique_ptr<Node> parameter;
    std::array<const Route*, kMethodCount> rows{};
    bool takes_rest = false;
  };

  void insert(const Route& route);
  const Node* find(const Node& node, std::string_view rest, PathParameters& parameters) const;

  RouteTable routes_;
  std::unordered_map<std::string_view, const Node*> literal_paths_;  ///< Rows without parameters.
  Node root_;
};

}  // namespace sovereign::http
