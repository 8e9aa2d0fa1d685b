# Everything that Skald needs from outside, as imported targets. Protobuf and libpqxx ship no CMake
# config files on Debian, hence pkg-config. The installed package includes this file too.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(OpenSSL REQUIRED)
# Variables that begin with Protobuf_ would keep find_package(Protobuf) from working for those who
# find Skald before it.
pkg_check_modules(SkaldProtobuf REQUIRED IMPORTED_TARGET GLOBAL protobuf)
if(NOT TARGET PkgConfig::Protobuf)
  add_library(PkgConfig::Protobuf ALIAS PkgConfig::SkaldProtobuf)
endif()
pkg_check_modules(Grpc REQUIRED IMPORTED_TARGET GLOBAL grpc++)
pkg_check_modules(Pqxx REQUIRED IMPORTED_TARGET GLOBAL libpqxx)
# libpqxx 6 hides how libpq reads a url.
pkg_check_modules(Pq REQUIRED IMPORTED_TARGET GLOBAL libpq)
pkg_check_modules(Sqlite REQUIRED IMPORTED_TARGET GLOBAL sqlite3)
find_library(GRPC_REFLECTION_LIBRARY grpc++_reflection REQUIRED)
