#include "core/redaction/line_redactor.hpp"

namespace sovereign::core {

std::string LineRedactor::line(std::string_view line) {
  if (key_lines_left_ > 0) {
    --key_lines_left_;
    if (line.contains("-----END ")) key_lines_left_ = 0;
    return std::string(kRedacted);
  }
  RedactionStats stats;
  std::string out = redactor_.text(line, &stats);
  if (stats.is_key_open) key_lines_left_ = kMaxKeyLines;
  return out;
}

}  // namespace sovereign::core
