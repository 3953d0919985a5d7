// A checkpoint of the audit log: the chain's state at some row, signed, so that whoever rewrites
// the chain needs the key, and whoever cuts it off needs the file of checkpoints too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "crypto/signature.hpp"

namespace sovereign::core {

struct Checkpoint {
  std::int64_t sequence = 0;
  std::string hash;  ///< Of the row with this sequence.
  base::Timestamp at{};
  std::string signature;  ///< Ed25519 in base64url, over netstrings of the format and the above.

  bool operator==(const Checkpoint&) const = default;
};

/// `checkpoint` with its signature by `key`.
Checkpoint signed_by(const crypto::Ed25519Key& key, Checkpoint checkpoint);
bool is_signed_by(const crypto::Ed25519PublicKey& key, const Checkpoint& checkpoint);

/// "sequence at hash signature" and a line break, `at` in microseconds since 1970.
std::string to_line(const Checkpoint& checkpoint);
/// Reads it back, without its line break; nullopt for anything else.
std::optional<Checkpoint> parse_checkpoint(std::string_view line);

/// Adds a line to the file at `path` (made with mode 0600 when missing), durably. What a crash left
/// of a line is removed first. Blocks. Errors: `unavailable`; the file is as it was then.
Result<void> append_to_file(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// All of the file's checkpoints, in its order; none when there is no file. A last line without its
/// line break is left out. Blocks. Errors: `unavailable` when it cannot be read, `malformed` (the
/// detail names the line) when a line is no checkpoint.
Result<std::vector<Checkpoint>> read_checkpoint_file(const std::filesystem::path& path);

}  // namespace sovereign::core
