# The installed package: find_package(Skald) gives an author of sagas these libraries, and whatever
# they link to; an author of participants, Skald::participant. Headers keep their rooms
# ("sagas/flow.h") under include/skald, next to the protos and what was generated from them.
include(CMakePackageConfigHelpers)

set(SKALD_ENTRANCES
  skald_sagas skald_tester skald_server skald_proto_grpc skald_participant
  skald_participant_postgres)
set(SKALD_PROGRAMS skaldd skaldctl)

# Sets `result` to `targets` and those of ours that they link to, directly or not.
function(skald_closure result targets)
  set(closure "")
  set(open ${targets})
  while(open)
    list(POP_FRONT open target)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" target "${target}")
    if(NOT TARGET "${target}")
      continue()
    endif()
    get_target_property(aliased ${target} ALIASED_TARGET)
    if(aliased)
      set(target ${aliased})
    endif()
    get_target_property(imported ${target} IMPORTED)
    if(imported OR target IN_LIST closure)
      continue()
    endif()
    list(APPEND closure ${target})
    get_target_property(linked ${target} LINK_LIBRARIES)
    if(linked)
      list(APPEND open ${linked})
    endif()
  endwhile()
  set(${result} ${closure} PARENT_SCOPE)
endfunction()

# Installs the headers that lie beside the sources of `target`, but not those that only tests use.
function(skald_install_headers target)
  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(sources ${target} SOURCES)
  set(folders "")
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder} NORMALIZE)
    cmake_path(GET source PARENT_PATH parent)
    list(APPEND folders ${parent})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(parent ${folders})
    cmake_path(IS_PREFIX PROJECT_BINARY_DIR ${parent} generated)
    if(generated)
      continue()
    endif()
    file(GLOB headers CONFIGURE_DEPENDS ${parent}/*.h)
    list(FILTER headers EXCLUDE REGEX "/(conformance|fake_)[^/]*$|_(testing|suite|harness)\\.h$")
    file(RELATIVE_PATH room ${PROJECT_SOURCE_DIR} ${parent})
    install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/skald/${room})
  endforeach()
endfunction()

# In the tree and in the package alike, Skald::client is the stubs of the services that it calls.
add_library(Skald::client ALIAS skald_proto_grpc)

skald_closure(libraries "${SKALD_ENTRANCES}")
install(TARGETS ${libraries} EXPORT Skald ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(target ${libraries})
  skald_install_headers(${target})
endforeach()
# Absent where the examples are not built: the stock skaldd is one of them.
foreach(program ${SKALD_PROGRAMS})
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

foreach(folder skald google grpc)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/gen/${folder}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/skald FILES_MATCHING PATTERN "*.pb.h")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/${folder}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/skald FILES_MATCHING PATTERN "*.proto")
endforeach()

set(SKALD_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/Skald)
install(EXPORT Skald NAMESPACE Skald:: DESTINATION ${SKALD_PACKAGE} FILE SkaldTargets.cmake)
configure_package_config_file(cmake/SkaldConfig.cmake.in
  ${PROJECT_BINARY_DIR}/SkaldConfig.cmake INSTALL_DESTINATION ${SKALD_PACKAGE})
# Before 1.0 a minor version may change what authors write.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SkaldConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/SkaldConfig.cmake
  ${PROJECT_BINARY_DIR}/SkaldConfigVersion.cmake cmake/Dependencies.cmake
  cmake/SkaldSagaLibrary.cmake
  DESTINATION ${SKALD_PACKAGE})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
