# How a room is built: warnings, sanitizers, and what a test is.
add_library(skald_options INTERFACE)
target_compile_options(skald_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=return-type
  # A designated initializer that leaves a field to its default says just that.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(skald_options INTERFACE -Wthread-safety)
endif()
if(SKALD_SANITIZE)
  add_compile_options(
    -fsanitize=${SKALD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SKALD_SANITIZE})
endif()
if(SKALD_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# skald_library(name SOURCES ... [DEPS ...] [PRIVATE_DEPS ...])
# A static library skald_<name>, alias Skald::<name>. cmake/Install.cmake says which are installed.
function(skald_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(skald_${name} STATIC ${ARG_SOURCES})
  target_include_directories(skald_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/skald>)
  target_link_libraries(skald_${name} PUBLIC ${ARG_DEPS}
    PRIVATE ${ARG_PRIVATE_DEPS} $<BUILD_INTERFACE:skald_options>)
  set_target_properties(skald_${name} PROPERTIES EXPORT_NAME ${name})
  add_library(Skald::${name} ALIAS skald_${name})
endfunction()

# skald_program(name SOURCES ... DEPS ...)
function(skald_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} skald_options)
endfunction()

# skald_test(name SOURCES ... DEPS ... [LABELS ...] [TIMEOUT seconds])
# A GoogleTest program, known to ctest by its own name. A test that needs gRPC is labelled grpc: the
# thread sanitizer leaves it out (Debian's gRPC is not instrumented) and builds tests_without_grpc.
add_custom_target(tests_without_grpc)
function(skald_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT SKALD_BUILD_TESTS)
    return()
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} skald_options
    GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
  if(NOT "grpc" IN_LIST ARG_LABELS)
    add_dependencies(tests_without_grpc ${name})
  endif()
endfunction()

# skald_proto_library(name ROOT dir PROTOS files-relative-to-ROOT [GRPC] [DEPS ...])
# Static library skald_<name> of the messages; with GRPC also skald_<name>_grpc of the stubs. Target
# generated_code builds all of them: what scripts/tidy needs before it can read our files.
add_custom_target(generated_code)
function(skald_proto_library name)
  cmake_parse_arguments(ARG "GRPC" "ROOT" "PROTOS;DEPS" ${ARGN})
  find_program(PROTOC protoc REQUIRED)
  find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
  set(out ${PROJECT_BINARY_DIR}/gen)
  set(messages "")
  set(stubs "")
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    add_custom_command(
      OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND ${PROTOC} -I ${ARG_ROOT} -I ${PROJECT_SOURCE_DIR}/proto
        --cpp_out=${out} ${ARG_ROOT}/${proto}
      DEPENDS ${ARG_ROOT}/${proto})
    list(APPEND messages ${out}/${stem}.pb.cc)
    if(ARG_GRPC)
      add_custom_command(
        OUTPUT ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h
        COMMAND ${PROTOC} -I ${ARG_ROOT} -I ${PROJECT_SOURCE_DIR}/proto --grpc_out=${out}
          --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN} ${ARG_ROOT}/${proto}
        DEPENDS ${ARG_ROOT}/${proto} ${out}/${stem}.pb.h)
      list(APPEND stubs ${out}/${stem}.grpc.pb.cc)
    endif()
  endforeach()
  add_library(skald_${name} STATIC ${messages})
  target_include_directories(skald_${name} SYSTEM PUBLIC
    $<BUILD_INTERFACE:${out}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/skald>)
  target_link_libraries(skald_${name} PUBLIC PkgConfig::Protobuf Threads::Threads ${ARG_DEPS})
  set_target_properties(skald_${name} PROPERTIES EXPORT_NAME ${name})
  add_dependencies(generated_code skald_${name})
  if(ARG_GRPC)
    add_library(skald_${name}_grpc STATIC ${stubs})
    target_link_libraries(skald_${name}_grpc PUBLIC skald_${name} PkgConfig::Grpc)
    set_target_properties(skald_${name}_grpc PROPERTIES EXPORT_NAME ${name}_grpc)
    add_dependencies(generated_code skald_${name}_grpc)
  endif()
endfunction()
