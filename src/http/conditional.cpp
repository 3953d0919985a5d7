#include "http/conditional.hpp"

#include "http/etag.hpp"

namespace sovereign::http {

WriteCondition check_if_match(const Request& request, std::string_view etag) {
  const auto header = request.header("If-Match");
  if (header.empty()) return WriteCondition::none;
  return names_etag(header, etag, TagComparison::strong) ? WriteCondition::holds
                                                         : WriteCondition::fails;
}

}  // namespace sovereign::http
