import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class Iqnrl(ConanFile):
    name = "iqnrl"
    description = "Distributional reinforcement learning, header-only"
    license = "MIT"
    topics = ("reinforcement-learning", "quantile-regression", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"xtensor": [True, False], "testing": [True, False]}
    default_options = {"xtensor": False, "testing": False}
    no_copy_source = True

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._root, "include", "iqnrl", "version.hpp"))
        numbers = [line.split()[2] for line in header.splitlines() if line.startswith("#define IQNRL_VERSION_")]
        self.version = ".".join(numbers)

    def export_sources(self):
        copy(self, "LICENSE", self._root, self.export_sources_folder)
        copy(self, "*.hpp", os.path.join(self._root, "include"), os.path.join(self.export_sources_folder, "include"))

    def layout(self):
        basic_layout(self, src_folder=".")

    def requirements(self):
        self.requires("eigen/[>=3.4 <6]", transitive_headers=True)
        self.requires("fmt/[>=8 <13]", transitive_headers=True)
        if self.options.xtensor:
            self.requires("xtensor/[>=0.24 <1]", transitive_headers=True)
        if self.options.testing:
            self.requires("doctest/[>=2.4 <3]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        parts = {"iqnrl": ["eigen::eigen", "fmt::fmt"]}
        if self.options.xtensor:
            parts["xtensor"] = ["iqnrl", "xtensor::xtensor"]
        if self.options.testing:
            parts["testing"] = ["iqnrl", "doctest::doctest"]
        for part, requires in parts.items():
            component = self.cpp_info.components[part]
            component.set_property("cmake_target_name", f"iqnrl::{part}")
            component.set_property("pkg_config_name", "iqnrl" if part == "iqnrl" else f"iqnrl-{part}")
            component.requires = requires
            component.bindirs = []
            component.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.components["iqnrl"].system_libs = ["pthread"]
