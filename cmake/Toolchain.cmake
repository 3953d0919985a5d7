# Compiler, linker and warning settings shared by every target.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines (temporaries in a "
    "co_await expression are destroyed twice). Use clang 19 (the presets do) or GCC 13 and newer.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

option(SOVEREIGN_TESTS "Build the tests" ON)
option(SOVEREIGN_BENCH "Build the benchmarks" OFF)
option(SOVEREIGN_FUZZ "Build the fuzz targets (clang only)" OFF)
option(SOVEREIGN_COVERAGE "Instrument for source-based coverage" OFF)
set(SOVEREIGN_SANITIZE "" CACHE STRING "Comma list for -fsanitize, e.g. address,undefined")

# Hits across clean builds of one folder. Not across folders: clang writes the absolute path of a
# precompiled header's source into it, and CMake passes that path after -Xclang, out of ccache's reach.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

# Position-independent executables throughout: no shared library of ours exists, and one flag for
# libraries and programs lets them share precompiled headers.
add_compile_options(-fPIE)
# Libraries of which a program uses nothing would cost it memory and time at each start.
add_link_options(-pie -Wl,--as-needed)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough -Werror=return-type -Werror=switch
  -fno-omit-frame-pointer -fstack-protector-strong -march=x86-64-v2)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld)
  add_compile_options(-Wno-missing-designated-field-initializers -Wno-c23-extensions -Xclang -fno-pch-timestamp)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
if(SOVEREIGN_SANITIZE)
  add_compile_options(-fsanitize=${SOVEREIGN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SOVEREIGN_SANITIZE})
endif()
if(SOVEREIGN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SOVEREIGN_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
