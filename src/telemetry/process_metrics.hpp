// What Linux says about this process, for the standard process_* metrics.
#pragma once

#include <cstdint>

namespace sovereign::telemetry {

double cpu_seconds();
double resident_bytes();
double virtual_bytes();
double open_descriptors();
double max_descriptors();
double thread_count();
/// Seconds since 1970.
double start_time_seconds();

}  // namespace sovereign::telemetry
