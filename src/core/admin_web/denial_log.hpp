// Records refused requests, but not without end: a page that knocks all day fills no disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "core/admin_web/admin_audit.hpp"
#include "http/browser_policy.hpp"

namespace sovereign::core {

/// Loop thread only.
class DenialLog final : public http::DenialObserver {
 public:
  static constexpr int kPerWindow = 20;
  static constexpr std::chrono::minutes kWindow{1};

  /// Both must outlive it.
  DenialLog(AdminAudit& audit, const base::Clock& clock) : audit_(audit), clock_(clock) {}

  /// Records it as `type`; over kPerWindow in a window it is only counted, and the count goes into
  /// the next record.
  void record(std::string_view type, std::string_view reason, const http::Request& request);

  /// "security.denied" with reason "host" or "origin".
  void denied(const http::Request& request, http::Denial denial) override;

 private:
  AdminAudit& audit_;
  const base::Clock& clock_;
  base::SteadyTime window_begin_{};
  int recorded_ = 0;
  std::uint64_t unrecorded_ = 0;
};

}  // namespace sovereign::core
