#include "core/router/types.hpp"

namespace sovereign::core {

std::string_view to_string(CallerType type) {
  switch (type) {
    case CallerType::human: return "human";
    case CallerType::agent: return "agent";
    case CallerType::system: return "system";
    case CallerType::model: return "model";
  }
  return "system";
}

}  // namespace sovereign::core
