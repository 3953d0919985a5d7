// The matchers behind permissions, one for each kind of thing that a permission names. Each has two
// questions: is this text a pattern of the kind, and does one pattern cover another. Something
// concrete (a path, a host) is a pattern whose characters are all literal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sovereign::core {

enum class PatternKind : std::uint8_t {
  none,      ///< Nothing follows the action.
  fixed,     ///< Exactly the word of the row.
  path,      ///< /a/b, ~/a: * and ? within a segment, ** as a whole one.
  program,   ///< A path as above, or a bare name: git.
  host,      ///< api.example.com, *.example.com (not example.com itself), *, or a bare word: a tag.
  connect,   ///< connect:<host>:<port or *>
  variable,  ///< PATH, AWS_*
  tool,      ///< <agent>/<tool>, */<tool>, <agent>/*, */*, *
  topic,     ///< a.b.c; * is one whole segment, and alone everything.
  scope,     ///< Exact, or ending in :*, or * alone.
  process,   ///< A process id, or *.
};

/// Empty when `text` is a pattern of this kind, else what is wrong, as a sentence.
std::string_view check_pattern(PatternKind kind, std::string_view text);

/// Whether everything that `inner` matches is matched by `outer`; both passed check_pattern(). May
/// be false for patterns that overlap in ways nobody writes; never wrongly true.
bool pattern_covers(PatternKind kind, std::string_view outer, std::string_view inner);

/// The same with something concrete: no character of `path` is a glob.
bool path_matches(std::string_view pattern, std::string_view path);
bool topic_matches(std::string_view pattern, std::string_view topic);

/// A bare word without dots, and not localhost: looked up in the operator's network_tags.
bool is_network_tag(std::string_view host);

}  // namespace sovereign::core
