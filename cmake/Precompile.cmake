# Precompiled headers, each built once and shared by all targets that ask for the same set: a header
# set takes one to four seconds to compile, and saves that much in nearly every source.
set(PRECOMPILED_STANDARD
  <algorithm> <array> <atomic> <chrono> <cstdint> <expected> <functional> <memory> <optional>
  <span> <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
set(PRECOMPILED_ASYNC
  <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
  <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>)
set(PRECOMPILED_TEST <gmock/gmock.h> <gtest/gtest.h>)

# Tests are compiled for the first run, not for speed: without the optimiser they take half as long.
function(sovereign_compile_as_test target)
  target_compile_options(${target} PRIVATE
    $<$<CONFIG:Release>:-O0> $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>)
endfunction()

# sovereign_precompile(TARGET [TEST] [USES libraries...]): Asio comes with a library that speaks it,
# GoogleTest with TEST.
function(sovereign_precompile target)
  cmake_parse_arguments(ARG "TEST" "" "USES" ${ARGN})
  set(set standard)
  set(headers ${PRECOMPILED_STANDARD})
  set(libraries fmt::fmt)
  foreach(library async sql http)
    if(library IN_LIST ARG_USES)
      set(set async)
      set(headers ${PRECOMPILED_ASYNC} ${PRECOMPILED_STANDARD})
      set(libraries Boost::headers Threads::Threads fmt::fmt)
      break()
    endif()
  endforeach()
  if(ARG_TEST)
    string(APPEND set _test)
    list(APPEND headers ${PRECOMPILED_TEST})
    list(APPEND libraries GTest::gmock GTest::gtest)
  endif()
  if(NOT TARGET precompiled_${set})
    set(source ${PROJECT_BINARY_DIR}/precompiled_${set}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "// Precompiled headers need a source.\n")
    add_library(precompiled_${set} OBJECT ${source})
    target_link_libraries(precompiled_${set} PRIVATE ${libraries})
    target_include_directories(precompiled_${set} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_precompile_headers(precompiled_${set} PRIVATE ${headers})
    if(ARG_TEST)
      sovereign_compile_as_test(precompiled_${set})
    endif()
  endif()
  if(ARG_TEST)
    sovereign_compile_as_test(${target})
  endif()
  target_precompile_headers(${target} REUSE_FROM precompiled_${set})
endfunction()
