#include "core/install/build_log.hpp"

#include <algorithm>
#include <utility>

namespace sovereign::core {

void StepOutput::add(std::string_view bytes) {
  step_.output_bytes += static_cast<std::int64_t>(bytes.size());
  while (!bytes.empty()) {
    const auto room = kMaxLine - partial_.size();
    const auto end = bytes.substr(0, room).find('\n');
    if (end == std::string_view::npos) {
      partial_ += bytes.substr(0, room);
      bytes.remove_prefix(std::min(room, bytes.size()));
      if (partial_.size() < kMaxLine) return;
    } else {
      partial_ += bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
    }
    finish();
  }
}

void StepOutput::finish() {
  if (partial_.empty()) return;
  if (partial_.back() == '\r') partial_.pop_back();
  put(redactor_.line(partial_));
  partial_.clear();
}

void StepOutput::put(std::string_view line) {
  if (step_.output.size() + line.size() + 1 > limit_) {
    step_.output_truncated = true;
    return;
  }
  (step_.output += line) += '\n';
  on_line_(line);
}

std::shared_ptr<BuildRecord> BuildLogs::start(BuildRecord record) {
  forget(record.agent);
  records_.push_front(std::make_shared<BuildRecord>(std::move(record)));
  if (records_.size() > kAgents) records_.pop_back();
  return records_.front();
}

std::shared_ptr<const BuildRecord> BuildLogs::find(const AgentId& agent) const {
  for (const auto& record : records_) {
    if (record->agent == agent) return record;
  }
  return nullptr;
}

void BuildLogs::forget(const AgentId& agent) {
  std::erase_if(records_, [&](const auto& record) { return record->agent == agent; });
}

}  // namespace sovereign::core
