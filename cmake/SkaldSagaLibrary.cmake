# skald_add_saga_library(name SOURCES ... [LINK ...])
# A shared library of sagas for `skaldd serve --sagas=lib<name>.so`; one of the sources says
# SKALD_SAGAS(...) of sagas/plugin.h. LINK: whatever else it needs, such as the library of its
# messages, which must be position independent. Nothing but that one symbol is seen from outside, so
# that no two libraries get into each other's way, and what is missing is missed by the linker.
function(skald_add_saga_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES
    PREFIX lib SUFFIX .so CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${name} PRIVATE Skald::sagas ${ARG_LINK})
  target_link_options(${name} PRIVATE LINKER:--exclude-libs,ALL LINKER:-z,defs)
endfunction()
